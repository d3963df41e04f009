import { BridgeError } from '../errors/bridge-error.ts';
import { describeCoordinates, type KafkaRecord } from '../kafka/kafka-record.ts';
import { isRoutedRow, type Route } from './routed-row.ts';
import type { FieldValue } from './row-fields.ts';
import type { Remembered, RowIntent, RowOutput } from './step.ts';

/** A row beyond this cannot be sent with 199 others in one call, whose body Salesforce limits. */
const longestRow = 1_000_000;

/** What the last step left, as a row; undefined fields are left out. */
export function toRowIntent(
  output: RowOutput,
  remember: readonly Remembered[],
  record: KafkaRecord,
): RowIntent | BridgeError {
  const { fields, object, operation }: Route = isRoutedRow(output) ? output : { fields: output };
  const kept: Record<string, FieldValue> = {};
  let length = 0;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (value === undefined) continue;
    kept[name] = value;
    length += name.length + (typeof value === 'string' ? value.length : 20);
  }
  if (length > longestRow) {
    return new BridgeError(
      'SKB_RECORD_TOO_LARGE',
      `Record ${describeCoordinates(record)} was transformed to a row of more than ${longestRow} characters`,
      { context: { topic: record.topic, partition: record.partition, offset: record.offset } },
    );
  }
  const row = { fields: kept, remember };
  if (object === undefined && operation === undefined) return row;
  return { ...row, ...(object === undefined ? {} : { object }), ...(operation === undefined ? {} : { operation }) };
}
