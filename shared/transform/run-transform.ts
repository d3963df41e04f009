import { BridgeError } from '../errors/bridge-error.ts';
import type { KafkaRecord } from '../kafka/kafka-record.ts';
import type { Remembered, RowFields, StepItem, StepServices, Transform } from './step.ts';

/** What a transform made of one record. */
export type Transformed =
  | {
      readonly kind: 'row';
      readonly record: KafkaRecord;
      readonly fields: RowFields;
      readonly remember: readonly Remembered[];
    }
  | {
      readonly kind: 'filtered';
      readonly record: KafkaRecord;
      readonly step: string;
      /** Key whose remembered value decided it; the record is judged again when that value turns out not to be written. */
      readonly memoryKey?: string;
    }
  | { readonly kind: 'rejected'; readonly record: KafkaRecord; readonly error: BridgeError };

interface Travelling extends StepItem<unknown> {
  readonly remember: readonly Remembered[];
}

/** Runs records, in offset order per partition, through the steps; the answer has one entry per record, same order. */
export async function runTransform(
  transform: Transform,
  records: readonly KafkaRecord[],
  services: StepServices,
): Promise<readonly Transformed[]> {
  const results = new Map<KafkaRecord, Transformed>();
  let travelling: Travelling[] = records.map((record) => ({ record, value: record.value, remember: [] }));
  for (const step of transform.steps) {
    const outcomes = await step.run(travelling, services);
    if (outcomes.length !== travelling.length) {
      throw new BridgeError('SKB_BUG', `Step ${step.name} answered ${outcomes.length} of ${travelling.length} records`);
    }
    const onward: Travelling[] = [];
    for (const [index, item] of travelling.entries()) {
      const outcome = outcomes[index];
      if (outcome?.kind === 'passed') {
        const remember = outcome.remember === undefined ? item.remember : [...item.remember, outcome.remember];
        onward.push({ record: item.record, value: outcome.value, remember });
      } else if (outcome?.kind === 'rejected') {
        results.set(item.record, { kind: 'rejected', record: item.record, error: outcome.error });
      } else {
        const memoryKey = outcome?.memoryKey === undefined ? {} : { memoryKey: outcome.memoryKey };
        results.set(item.record, { kind: 'filtered', record: item.record, step: step.name, ...memoryKey });
      }
    }
    travelling = onward;
  }
  for (const { record, value, remember } of travelling) {
    results.set(record, { kind: 'row', record, fields: value as RowFields, remember });
  }
  return records.map((record) => {
    const result = results.get(record);
    if (result === undefined) throw new BridgeError('SKB_BUG', 'A record left the transform without an outcome');
    return result;
  });
}
