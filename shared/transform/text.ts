import { decodeText } from './decode.ts';
import { perRecord } from './per-record.ts';
import type { Step } from './step.ts';

/** Decodes a record's value as text. A value that is missing or not UTF-8 is rejected. */
export function text(): Step<Buffer | null, string> {
  return perRecord('text', (bytes, record) => ({ kind: 'passed', value: decodeText('text', bytes, record) }));
}
