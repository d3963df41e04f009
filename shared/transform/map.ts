import type { KafkaRecord } from '../kafka/kafka-record.ts';
import { perRecord } from './per-record.ts';
import type { Step } from './step.ts';

/** Turns one value into another, such as a decoded record into a row's fields. */
export function map<In, Out>(change: (value: In, record: KafkaRecord) => Out): Step<In, Out> {
  return perRecord('map', (value, record) => ({ kind: 'passed', value: change(value, record) }));
}
