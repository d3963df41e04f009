import { isDeepStrictEqual } from 'node:util';

// What we rely on, as rules that are applied to a template: a test applies each to the template as it is, and to the
// template without the property, where the rule has to notice.

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  [attribute: string]: unknown;
}

export interface TemplateJson {
  Resources: Record<string, Resource>;
  [section: string]: unknown;
}

/** A template that is wrong in one way, and how. */
export interface Mutant {
  readonly what: string;
  readonly template: TemplateJson;
}

export interface Rule {
  readonly says: string;
  problems(template: TemplateJson): string[];
  mutants(template: TemplateJson): Mutant[];
}

type Expected = ((value: never) => boolean) | string | number | boolean | readonly unknown[] | object;

/** Where in a resource, such as `Properties.ContainerDefinitions.0.User`. */
type Path = string;

interface PropertyRule {
  readonly says: string;
  readonly type: string;
  /** Which of that type. @default all */
  readonly where?: (resource: Resource, id: string) => boolean;
  /** How many there must be, so that a resource cannot get away by not being there. */
  readonly count: number;
  readonly properties: Readonly<Record<Path, Expected>>;
}

/** Every resource of a type has these properties with these values. */
export function has({ says, type, where = () => true, count, properties }: PropertyRule): Rule {
  const find = (template: TemplateJson) =>
    Object.entries(template.Resources).filter(([id, each]) => each.Type === type && where(each, id));
  return {
    says,
    problems(template) {
      const found = find(template);
      const problems = found.length === count ? [] : [`${found.length} of ${type} instead of ${count}`];
      for (const [id, resource] of found) {
        for (const [path, expected] of Object.entries(properties)) {
          if (!fits(read(resource, path), expected)) problems.push(`${id}: ${path}`);
        }
      }
      return problems;
    },
    mutants(template) {
      return find(template).flatMap(([id]) => [
        mutant(template, `without ${id}`, (copy) => delete copy.Resources[id]),
        ...Object.keys(properties).map((path) =>
          mutant(template, `${id} without ${path}`, (copy) => remove(copy.Resources[id] as Resource, path)),
        ),
      ]);
    },
  };
}

interface ForbiddenRule {
  readonly says: string;
  readonly problems: (template: TemplateJson) => string[];
  /** Ways of breaking it. */
  readonly broken: Readonly<Record<string, (template: TemplateJson) => unknown>>;
}

/** Something is nowhere in a template. */
export function never({ says, problems, broken }: ForbiddenRule): Rule {
  return {
    says,
    problems,
    mutants: (template) => Object.entries(broken).map(([what, change]) => mutant(template, what, change)),
  };
}

function mutant(template: TemplateJson, what: string, change: (copy: TemplateJson) => unknown): Mutant {
  const copy = structuredClone(template);
  change(copy);
  return { what, template: copy };
}

function fits(value: unknown, expected: Expected): boolean {
  if (typeof expected === 'function') return value !== undefined && (expected as (value: unknown) => boolean)(value);
  return isDeepStrictEqual(value, expected);
}

function read(value: unknown, path: Path): unknown {
  return path.split('.').reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], value);
}

function remove(value: Resource, path: Path): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.length === 0 ? value : (read(value, keys.join('.')) as Record<string, unknown>);
  delete parent[last];
}

/** The one resource of a type that `where` fits. */
export function one(
  template: TemplateJson,
  type: string,
  where: (resource: Resource) => boolean = () => true,
): Resource {
  const found = Object.values(template.Resources).find((each) => each.Type === type && where(each));
  if (found === undefined) throw new Error(`There is no ${type}`);
  return found;
}
