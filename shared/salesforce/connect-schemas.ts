import { type ConnectSchema, type TypedField, toConnectSchema, undescribed } from './connect-schema.ts';
import type { ObjectDescribe } from './describe.ts';
import type { DescribeCache } from './describe-cache.ts';

/** The schemas of one org's objects, as fresh as their describes. */
export interface ConnectSchemas {
  /** Makes an object's schema fit for rows with these fields; has to come before `of`. */
  learn(object: string, fields?: Readonly<Record<string, unknown>>): Promise<void>;
  of(object: string): ConnectSchema | undefined;
}

interface Known {
  readonly describe: ObjectDescribe;
  readonly schema: ConnectSchema;
  /** Fields that came in an event before the describe knew them. */
  readonly early: readonly TypedField[];
}

export function createConnectSchemas(describes: DescribeCache): ConnectSchemas {
  const known = new Map<string, Known>();

  function keep(object: string, describe: ObjectDescribe, early: readonly TypedField[] = []): Known {
    const found = known.get(object);
    if (found?.describe === describe && early.length === 0) return found;
    const names = new Set(describe.fields.map(({ name }) => name));
    const added = [...(found?.early ?? []), ...early].filter(({ name }) => !names.has(name));
    const schema = toConnectSchema(describe.name, [...describe.fields, ...added]);
    const kept = { describe, schema, early: added };
    known.set(object, kept);
    return kept;
  }

  return {
    of: (object) => known.get(object)?.schema,
    async learn(object, fields = {}) {
      const { schema } = keep(object, await describes.get(object));
      if (Object.keys(fields).every((name) => schema.has(name))) return;
      // A field that is new: an administrator made it a moment ago.
      const refreshed = keep(object, (await describes.refresh(object)).describe);
      const unknown = Object.entries(fields).filter(([name]) => !refreshed.schema.has(name));
      if (unknown.length === 0) return;
      // What a describe does not tell yet is not to be lost; the next one corrects its type.
      const early = unknown.map(([name, value]) => undescribed(name, value));
      keep(object, refreshed.describe, early);
    },
  };
}
