import { BridgeError } from '../errors/bridge-error.ts';
import { describeCoordinates, type KafkaRecord } from '../kafka/kafka-record.ts';
import { perRecord } from './per-record.ts';
import type { StandardSchema } from './standard-schema.ts';
import type { Step } from './step.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Decodes a record's value as JSON and checks it with a schema (zod, valibot or any other Standard Schema).
 * A value that is missing, not JSON or against the schema is rejected with the fields that are wrong.
 */
export function json<Out>(schema: StandardSchema<Out>): Step<Buffer | null, Out> {
  return perRecord('json', (bytes, record) => {
    if (bytes === null) throw undecodable('json', record, 'has no value');
    const result = schema['~standard'].validate(parse(bytes, record));
    if (result instanceof Promise) throw undecodable('json', record, 'has a schema that answers asynchronously');
    if (result.issues === undefined) return { kind: 'passed', value: result.value };
    throw undecodable('json', record, `does not match its schema: ${result.issues.map(describeIssue).join('; ')}`);
  });
}

function parse(bytes: Buffer, record: KafkaRecord): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    // The parser's message quotes the payload, so it is not kept.
    throw undecodable('json', record, 'is not JSON');
  }
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
