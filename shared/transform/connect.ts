import { openEnvelope } from './connect-json.ts';
import { checkSchema, decodeJson } from './decode.ts';
import { perRecord } from './per-record.ts';
import type { StandardSchema } from './standard-schema.ts';
import type { Step } from './step.ts';

interface ConnectSchemas<Key, Value> {
  readonly key: StandardSchema<Key>;
  readonly value: StandardSchema<Value>;
}

/**
 * Decodes what Kafka Connect's JsonConverter wrote, with or without its schema envelope, and checks it with a schema. With
 * schemas for key and value it leaves both; a key is a struct, such as `{"Id":"…"}`, or a plain value.
 */
export function connect<Value>(schema: StandardSchema<Value>): Step<Buffer | null, Value>;
export function connect<Key, Value>(
  schemas: ConnectSchemas<Key, Value>,
): Step<Buffer | null, { readonly key: Key; readonly value: Value }>;
export function connect(
  schemas: StandardSchema<unknown> | ConnectSchemas<unknown, unknown>,
): Step<Buffer | null, unknown> {
  return perRecord('connect', (bytes, record) => {
    const value = openEnvelope(decodeJson('connect', bytes, record));
    if ('~standard' in schemas) {
      return { kind: 'passed', value: checkSchema('connect', schemas, value, record) };
    }
    const key = record.key === null ? null : openEnvelope(decodeJson('connect', record.key, record));
    return {
      kind: 'passed',
      value: {
        key: checkSchema('connect', schemas.key, key, record, 'does not match the schema of its key'),
        value: checkSchema('connect', schemas.value, value, record),
      },
    };
  });
}
