import type { KafkaRecord } from '../kafka/kafka-record.ts';
import { perRecord } from './per-record.ts';
import type { Step } from './step.ts';

/** Lets only values through that satisfy the predicate; the others count as filtered. */
export function filter<In>(wanted: (value: In, record: KafkaRecord) => boolean): Step<In, In> {
  return perRecord('filter', (value, record) =>
    wanted(value, record) ? { kind: 'passed', value } : { kind: 'filtered' },
  );
}
