import { BridgeError } from '../errors/bridge-error.ts';
import { describeCoordinates, type KafkaRecord } from '../kafka/kafka-record.ts';
import type { StandardSchema } from './standard-schema.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes as text, undefined when they are not UTF-8. */
export function utf8TextOf(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Bytes as text. Bytes that are not UTF-8 are refused, not mended silently. */
export function decodeText(step: string, bytes: Buffer | null, record: KafkaRecord): string {
  if (bytes === null) throw undecodable(step, record, 'has no value');
  const text = utf8TextOf(bytes);
  if (text === undefined) throw undecodable(step, record, 'is not UTF-8');
  return text;
}

export function decodeJson(step: string, bytes: Buffer | null, record: KafkaRecord): unknown {
  if (bytes === null) throw undecodable(step, record, 'has no value');
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    // The parser's message quotes the payload, so it is not kept.
    throw undecodable(step, record, 'is not JSON');
  }
}

export function checkSchema<Out>(
  step: string,
  schema: StandardSchema<Out>,
  value: unknown,
  record: KafkaRecord,
  what = 'does not match its schema',
): Out {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) throw undecodable(step, record, 'has a schema that answers asynchronously');
  if (result.issues === undefined) return result.value;
  throw undecodable(step, record, `${what}: ${result.issues.map(describeIssue).join('; ')}`);
}

export function undecodable(step: string, record: KafkaRecord, what: string): BridgeError {
  return new BridgeError('SKB_DECODE_FAILED', `Record ${describeCoordinates(record)} ${what}`, {
    context: { step, topic: record.topic, partition: record.partition, offset: record.offset },
  });
}

function describeIssue(issue: { readonly message: string; readonly path?: readonly unknown[] | undefined }): string {
  const path = (issue.path ?? []).map((part) => String((part as { key?: unknown } | null)?.key ?? part)).join('.');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}
