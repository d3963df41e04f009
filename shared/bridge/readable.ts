import * as z from 'zod/mini';

// Rules between settings are asked also where some settings are broken by themselves, so that all problems are told at
// once. A rule never has to think of that: it reads what it needs, and where that is broken it has nothing to say.

type Schema = z.core.$ZodType;

/** What reading a setting throws that is broken by itself. */
export class Unreadable extends Error {}

/**
 * What is given, as far as it is right, with defaults filled in. Broken settings are there, too, and throw when they are read.
 *
 * @throws Unreadable when it has no settings by name and is broken as a whole.
 */
export function readable<Expected extends Schema>(schema: Expected, given: unknown): z.output<Expected> {
  const parsed = z.safeParse(schema, given);
  if (parsed.success) return parsed.data;
  const found = partsOf(schema, given);
  if (found === undefined) throw new Unreadable();
  const { shape, parts } = found;
  // What is not there may be what was misspelt.
  const misspelt = Object.keys(parts ?? {}).some((key) => !Object.hasOwn(shape, key));
  const read = (key: string, part: Schema) => () => {
    if (parts === undefined || (misspelt && parts[key] === undefined)) throw new Unreadable();
    return readable(part, parts[key]);
  };
  const readers = Object.fromEntries(Object.entries(shape).map(([key, part]) => [key, read(key, part)]));
  return withGetters(Array.isArray(parts) ? [] : {}, readers) as z.output<Expected>;
}

interface Parts {
  /** The schema of each part. */
  readonly shape: Readonly<Record<string, Schema>>;
  /** What is given for them; undefined when it has no parts at all. */
  readonly parts: Readonly<Record<string, unknown>> | undefined;
}

function partsOf(schema: Schema, given: unknown): Parts | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'default':
    case 'prefault':
    case 'optional':
      return partsOf(def.innerType, given);
    case 'object':
      return { shape: def.shape, parts: isObject(given) ? given : undefined };
    case 'record':
      return isObject(given) ? allOf(given, def.valueType) : undefined;
    case 'array':
      return Array.isArray(given) ? allOf(given as object as Record<string, unknown>, def.element) : undefined;
    case 'union': {
      const { discriminator } = def as { discriminator?: string };
      const meant = def.options.find((option) => isMeant(option, given, discriminator));
      return meant && partsOf(meant, given);
    }
    default:
      return undefined;
  }
}

/** Whether a value is of the kind of this option of a union, be it right or not. */
function isMeant(option: Schema, given: unknown, discriminator: string | undefined): boolean {
  const { def } = (option as z.core.$ZodTypes)._zod;
  if (def.type === 'array') return Array.isArray(given);
  if (def.type !== 'object' || !isObject(given)) return false;
  if (discriminator === undefined) return true;
  const kind = def.shape[discriminator];
  return kind !== undefined && z.safeParse(kind, given[discriminator]).success;
}

function allOf(parts: Readonly<Record<string, unknown>>, part: Schema): Parts {
  return { shape: Object.fromEntries(Object.keys(parts).map((key) => [key, part])), parts };
}

function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

/** The same settings with others beside them, or instead, each computed when it is read. */
export function computed<Part extends object, More extends object>(
  part: Part,
  more: { readonly [Name in keyof More]: () => More[Name] },
): Omit<Part, keyof More> & More {
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(part));
  return withGetters(copy, more) as Omit<Part, keyof More> & More;
}

function withGetters(target: object, getters: Readonly<Record<string, () => unknown>>): object {
  for (const [name, get] of Object.entries(getters)) {
    Object.defineProperty(target, name, { get, enumerable: true, configurable: true });
  }
  return target;
}

/** What is found by rules; one that needs a setting which is broken by itself finds nothing. */
export function judge<Finding>(rules: readonly (() => readonly Finding[])[]): Finding[] {
  return rules.flatMap((rule) => {
    try {
      return rule();
    } catch (error) {
      if (error instanceof Unreadable) return [];
      throw error;
    }
  });
}
