import { isJsonObject, parseExact } from '../salesforce/exact-json.ts';
import { openEnvelope } from './connect-json.ts';
import { decodeText, undecodable } from './decode.ts';
import { perRecord } from './per-record.ts';
import type { RowFields } from './row-fields.ts';
import type { Step } from './step.ts';

/**
 * Decodes the record formats `row` and `connect`, which sources write: JSON with fields by API name, `_ObjectType` and
 * `_EventType`, with or without the envelope of Kafka Connect's JsonConverter.
 */
export function rowRecord(): Step<Buffer | null, RowFields> {
  return perRecord('rowRecord', (bytes, record) => {
    const value = openEnvelope(parse(decodeText('rowRecord', bytes, record)));
    if (!isJsonObject(value)) throw undecodable('rowRecord', record, 'is not a JSON object');
    return { kind: 'passed', value: value as RowFields };
  });
}

function parse(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    // The parser's message quotes the payload, so it is not kept.
    return undefined;
  }
}
