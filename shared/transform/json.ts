import { checkSchema, decodeJson } from './decode.ts';
import { perRecord } from './per-record.ts';
import type { StandardSchema } from './standard-schema.ts';
import type { Step } from './step.ts';

/**
 * Decodes a record's value as JSON and checks it with a schema (zod, valibot or any other Standard Schema).
 * A value that is missing, not JSON or against the schema is rejected with the fields that are wrong.
 */
export function json<Out>(schema: StandardSchema<Out>): Step<Buffer | null, Out> {
  return perRecord('json', (bytes, record) => ({
    kind: 'passed',
    value: checkSchema('json', schema, decodeJson('json', bytes, record), record),
  }));
}
