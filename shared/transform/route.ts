import type { KafkaRecord } from '../kafka/kafka-record.ts';
import { perRecord } from './per-record.ts';
import { type Route, type RoutedRow, toRoutedRow } from './routed-row.ts';
import type { Step } from './step.ts';

/** Chooses by content which object a row belongs to and what becomes of it; undefined counts as filtered. */
export function route<In>(choose: (value: In, record: KafkaRecord) => Route | undefined): Step<In, RoutedRow> {
  return perRecord('route', (value, record) => {
    const chosen = choose(value, record);
    return chosen === undefined ? { kind: 'filtered' } : { kind: 'passed', value: toRoutedRow(chosen) };
  });
}
