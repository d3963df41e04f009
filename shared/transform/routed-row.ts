import type { RowOperation } from '../bridge/row-operation.ts';
import type { RowInput } from './row-fields.ts';

const routed = Symbol.for('salesforce-kafka-bridge.routed');

/** Where a row belongs, and its fields. */
export interface Route {
  /** @default the sink's object */
  readonly object?: string;
  /** @default the sink's operation */
  readonly operation?: RowOperation;
  readonly fields: RowInput;
}

/** A row that says itself where it belongs. */
export interface RoutedRow extends Route {
  readonly [routed]: true;
}

export function toRoutedRow(route: Route): RoutedRow {
  return { ...route, [routed]: true };
}

export function isRoutedRow(value: unknown): value is RoutedRow {
  return typeof value === 'object' && value !== null && routed in value;
}
