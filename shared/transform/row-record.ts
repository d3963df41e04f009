import { isJsonObject, parseExact } from '../salesforce/exact-json.ts';
import { undecodable } from './json.ts';
import { perRecord } from './per-record.ts';
import type { RowFields, Step } from './step.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Decodes the record format `row`, which sources write: JSON with fields by API name, `_ObjectType` and `_EventType`. */
export function rowRecord(): Step<Buffer | null, RowFields> {
  return perRecord('rowRecord', (bytes, record) => {
    if (bytes === null) throw undecodable('rowRecord', record, 'has no value');
    const value = parse(bytes);
    if (!isJsonObject(value)) throw undecodable('rowRecord', record, 'is not a JSON object');
    return { kind: 'passed', value: value as RowFields };
  });
}

function parse(bytes: Buffer): unknown {
  try {
    return parseExact(utf8.decode(bytes));
  } catch {
    // The parser's message quotes the payload, so it is not kept.
    return undefined;
  }
}
