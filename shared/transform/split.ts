import type { KafkaRecord } from '../kafka/kafka-record.ts';
import { perRecord } from './per-record.ts';
import type { Step } from './step.ts';

interface SplitOptions {
  /** A record with more parts is rejected, because all its rows must fit into one invocation. @default 1000 */
  readonly atMost?: number;
}

/**
 * Turns one value into several, such as an order into its lines. The record is settled when all its rows are; when one
 * part is rejected, so is the record. A value without parts counts as filtered.
 */
export function split<In, Out>(
  parts: (value: In, record: KafkaRecord) => readonly Out[],
  { atMost = 1000 }: SplitOptions = {},
): Step<In, Out> {
  return perRecord('split', (value, record) => {
    const values = parts(value, record);
    if (values.length > atMost) throw new RangeError(`More than ${atMost} parts`);
    return { kind: 'split', values };
  });
}
