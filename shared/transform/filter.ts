import type { KafkaRecord } from '../kafka/kafka-record.ts';
import { perRecord } from './per-record.ts';
import type { Step } from './step.ts';

interface FilterOptions {
  /** Under which the filtered records are counted. @default 'filter' */
  readonly name?: string;
}

/** Lets only values through that satisfy the predicate; the others count as filtered. */
export function filter<In, Out extends In>(
  wanted: (value: In, record: KafkaRecord) => value is Out,
  options?: FilterOptions,
): Step<In, Out>;
export function filter<In>(wanted: (value: In, record: KafkaRecord) => boolean, options?: FilterOptions): Step<In, In>;
export function filter<In>(
  wanted: (value: In, record: KafkaRecord) => boolean,
  { name = 'filter' }: FilterOptions = {},
): Step<In, In> {
  return perRecord(name, (value, record) => (wanted(value, record) ? { kind: 'passed', value } : { kind: 'filtered' }));
}
