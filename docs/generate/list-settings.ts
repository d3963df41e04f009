import * as z from 'zod';

/** A setting as its schema says it; one row of a page. */
export interface Setting {
  /** Names that people choose are `*`. */
  readonly path: string;
  /** Kinds of its group that have it; undefined where its group has no kinds. */
  readonly kinds: readonly (string | undefined)[];
  /** Whether other kinds of its group do without it. */
  readonly ofSomeKinds: boolean;
  /** What it takes, in words, each once. */
  readonly takes: readonly string[];
  readonly required: boolean;
  /** Undefined: there is none, or kinds differ in it. */
  readonly byDefault: unknown;
}

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
}

interface Place {
  readonly path: string;
  readonly kind?: string | undefined;
  readonly required: boolean;
  readonly byDefault: unknown;
}

interface Found extends Place {
  readonly takes: string;
}

/** Every setting of a schema, in the order in which the schema has them. */
export function listSettings(schema: z.core.$ZodType): Setting[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const found: Found[] = [];
  const kindsByGroup = new Map<string, Set<string>>();
  visit(json, { path: '', required: true, byDefault: undefined }, found, kindsByGroup);
  return [...Map.groupBy(found, ({ path }) => path)].map(([path, places]) => {
    const kinds = [...new Set(places.map(({ kind }) => kind))];
    const group = kindsByGroup.get(ancestorsOf(path).find((each) => kindsByGroup.has(each)) ?? '');
    const defaults = new Set(places.map(({ byDefault }) => JSON.stringify(byDefault)));
    return {
      path,
      kinds,
      ofSomeKinds: group !== undefined && kinds.length < group.size,
      takes: [...new Set(places.map(({ takes }) => takes))],
      required: places.every(({ required }) => required),
      byDefault: defaults.size === 1 ? places[0]?.byDefault : undefined,
    };
  });
}

function visit(schema: JsonSchema, place: Place, found: Found[], kindsByGroup: Map<string, Set<string>>): void {
  const groups = groupsOf(schema);
  // A setting may take single values as well as a group of settings.
  const values = (schema.anyOf ?? schema.oneOf ?? [schema]).filter((each) => groupsOf(each).length === 0);
  if (values.length > 0) found.push({ ...place, takes: values.map(takesOf).join(', ') });
  for (const group of groups) {
    const kind = group.properties?.['kind']?.const;
    const kindHere = typeof kind === 'string' ? kind : place.kind;
    if (typeof kind === 'string') {
      kindsByGroup.set(place.path, (kindsByGroup.get(place.path) ?? new Set()).add(kind));
    }
    const byDefault = (schema.default ?? place.byDefault ?? {}) as Readonly<Record<string, unknown>>;
    for (const [name, inner] of Object.entries(group.properties ?? {})) {
      visit(
        inner,
        {
          path: place.path === '' ? name : `${place.path}.${name}`,
          kind: kindHere,
          required: (group.required ?? []).includes(name),
          byDefault: inner.default ?? byDefault[name],
        },
        found,
        kindsByGroup,
      );
    }
    if (group.properties === undefined && typeof group.additionalProperties === 'object') {
      const each = { path: `${place.path}.*`, kind: kindHere, required: false, byDefault: undefined };
      visit(group.additionalProperties, each, found, kindsByGroup);
    }
  }
}

/** The groups of settings that a schema is: one, several that differ by kind, those of a list, or none. */
function groupsOf(schema: JsonSchema): JsonSchema[] {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return alternatives.flatMap(groupsOf);
  if (typeof schema.items === 'object') return groupsOf(schema.items);
  return schema.properties !== undefined || typeof schema.additionalProperties === 'object' ? [schema] : [];
}

function takesOf(schema: JsonSchema): string {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return alternatives.map(takesOf).join(', ');
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  if (values.length > 0) return values.map(literal).join(', ');
  switch (schema.type) {
    case 'boolean':
      return '`true`, `false`';
    case 'integer':
    case 'number': {
      const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = schema;
      return `${minimum.toLocaleString('en-US')} to ${maximum.toLocaleString('en-US')}`;
    }
    case 'array':
      return 'a list';
    case 'string':
      return 'text';
    default:
      return '';
  }
}

/** A value as it is written in a definition. */
export function literal(value: unknown): string {
  if (Array.isArray(value) && value.length === 0) return 'none';
  return `\`${JSON.stringify(value).replaceAll('"', "'")}\``;
}

/** Groups that a setting is in, the innermost first. */
function ancestorsOf(path: string): string[] {
  const parts = path.split('.');
  return parts.slice(1).map((_, index) => parts.slice(0, parts.length - 1 - index).join('.'));
}
