import path from 'node:path';
import { fileURLToPath } from 'node:url';
// Unstable by its name; the compiler is pinned, and the test of the page notices when this changes.
import { API, type Checker, type Type } from 'typescript/unstable/sync';

/** What the comment of a setting says; its tags `@default` and `@example` are read apart. */
export interface Comment {
  readonly text: string;
  readonly byDefault?: string;
  readonly example?: string;
}

/** By {@link commentKey}. */
export type Comments = ReadonlyMap<string, Comment>;

/** A setting is found by its path and, where groups differ by `kind`, by the kind that it belongs to. */
export function commentKey(settingPath: string, kind: string | undefined): string {
  return kind === undefined ? settingPath : `${settingPath} of ${kind}`;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Reads the comments of settings from the types that the schemas make, as an editor does: what it shows while a definition
 * is written is what the page says. No program carries them, since types and comments end with the build.
 *
 * @param types exported types, each by a name of its own and as `[file, type]`
 */
export function readComments<Name extends string>(
  types: Readonly<Record<Name, readonly [file: string, type: string]>>,
): Record<Name, Comments> {
  const api = new API({ cwd: root });
  try {
    using snapshot = api.updateSnapshot({ openProjects: [path.join(root, 'docs/generate/settings.tsconfig.json')] });
    const [project] = snapshot.getProjects();
    if (project === undefined) throw new Error('The compiler found no settings');
    const { checker, program } = project;
    const entries = Object.entries<readonly [string, string]>(types).map(([name, [file, type]]) => {
      const source = program.getSourceFile(path.join(root, file));
      const module = source && checker.getSymbolAtLocation(source);
      const symbol = module && checker.getExportsOfModule(module).find((each) => each.name === type);
      if (symbol === undefined) throw new Error(`${file} exports no type ${type}`);
      const comments = new Map<string, Comment>();
      collect(checker, checker.getDeclaredTypeOfSymbol(symbol), '', undefined, comments);
      return [name, comments];
    });
    return Object.fromEntries(entries);
  } finally {
    api.close();
  }
}

function collect(
  checker: Checker,
  type: Type,
  at: string,
  kind: string | undefined,
  comments: Map<string, Comment>,
): void {
  for (const variant of groupsOf(checker, type)) {
    const kindHere = kindOf(checker, variant) ?? kind;
    const [index] = checker.getIndexInfosOfType(variant);
    if (index !== undefined) collect(checker, index.valueType, join(at, '*'), kindHere, comments);
    if (index !== undefined) continue;
    for (const property of checker.getPropertiesOfType(variant)) {
      const here = join(at, property.name);
      const tags = new Map(property.getJsDocTags(checker).map(({ name, text }) => [name, oneLine(text ?? '')]));
      comments.set(commentKey(here, kindHere), {
        text: oneLine(property.getDocumentationComment(checker)),
        ...(tags.has('default') ? { byDefault: tags.get('default') ?? '' } : {}),
        ...(tags.has('example') ? { example: tags.get('example') ?? '' } : {}),
      });
      const inner = checker.getTypeOfSymbol(property);
      if (inner !== undefined) collect(checker, inner, here, kindHere, comments);
    }
  }
}

/** The groups of settings that a type is: one, several that differ by kind, those of a list, or none. */
function groupsOf(checker: Checker, type: Type): Type[] {
  const present = checker.getNonNullableType(type) ?? type;
  if (present.isUnionType()) return present.getTypes().flatMap((each) => groupsOf(checker, each));
  if (present.isTypeReference() && checker.isArrayLikeType(present)) {
    return checker.getTypeArguments(present).flatMap((each) => groupsOf(checker, each));
  }
  return present.isObjectType() ? [present] : [];
}

function kindOf(checker: Checker, type: Type): string | undefined {
  const property = checker.getPropertyOfType(type, 'kind');
  const kind = property && checker.getTypeOfSymbol(property);
  return kind?.isStringLiteralType() ? String(kind.value) : undefined;
}

function join(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
