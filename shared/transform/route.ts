import type { RowOperation } from '../bridge/define-bridge.ts';
import type { KafkaRecord } from '../kafka/kafka-record.ts';
import { perRecord } from './per-record.ts';
import type { RowInput, Step } from './step.ts';

const routed = Symbol.for('salesforce-kafka-bridge.routed');

/** A row that says itself where it belongs. */
export interface RoutedRow {
  readonly [routed]: true;
  readonly object?: string;
  readonly operation?: RowOperation;
  readonly fields: RowInput;
}

interface Route {
  /** @default the sink's object */
  readonly object?: string;
  /** @default the sink's operation */
  readonly operation?: RowOperation;
  readonly fields: RowInput;
}

/** Chooses by content which object a row belongs to and what becomes of it; undefined counts as filtered. */
export function route<In>(choose: (value: In, record: KafkaRecord) => Route | undefined): Step<In, RoutedRow> {
  return perRecord('route', (value, record) => {
    const chosen = choose(value, record);
    return chosen === undefined ? { kind: 'filtered' } : { kind: 'passed', value: { ...chosen, [routed]: true } };
  });
}

export function isRoutedRow(value: unknown): value is RoutedRow {
  return typeof value === 'object' && value !== null && routed in value;
}
