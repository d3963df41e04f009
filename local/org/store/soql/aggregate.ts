import type { FieldDefinition, FieldValue, Row } from '../definitions.ts';
import type { ParsedFunction } from './expression.ts';
import { computedField } from './functions.ts';
import type { ValueSource } from './path.ts';
import { invalidField, malformedAt } from './query-error.ts';
import { pathIn, type Scope } from './scope.ts';

/** One aggregate of a query, computed over the rows of a group. */
export interface Aggregate {
  readonly field: FieldDefinition;
  compute(rows: readonly Row[]): FieldValue;
}

const names = new Set(['COUNT', 'COUNT_DISTINCT', 'SUM', 'AVG', 'MIN', 'MAX']);
const numbers = new Set(['int', 'double', 'currency', 'percent']);
const withoutOrder = new Set(['boolean', 'multipicklist', 'textarea', 'address', 'location', 'reference', 'id']);

export function isAggregate(fn: ParsedFunction | undefined): boolean {
  return names.has((fn?.functionName ?? '').toUpperCase());
}

/** `SUM(Amount)` and its kind ("Aggregate Functions", SOQL and SOSL Reference); nulls take no part in any of them. */
export function compileAggregate(scope: Scope, fn: ParsedFunction): Aggregate {
  const name = (fn.functionName ?? '').toUpperCase();
  const [parameter] = fn.parameters ?? [];
  const written = fn.rawValue ?? name;
  if (name === 'COUNT' && parameter === undefined) {
    return { field: computedField(written, 'int'), compute: (rows) => rows.length };
  }
  if (typeof parameter !== 'string') throw malformedAt(scope.query, name, `unexpected token: '${name}'`);
  const source = pathIn(scope, parameter);
  const { type } = source.field;
  const long = type === 'textarea' && source.field.length > 255;
  const fits =
    name === 'COUNT' || name === 'COUNT_DISTINCT'
      ? !long && type !== 'address' && type !== 'location'
      : name === 'SUM' || name === 'AVG'
        ? numbers.has(type)
        : !withoutOrder.has(type) || (type === 'textarea' && !long);
  if (!fits) {
    const message = `field ${source.field.name} does not support aggregate operator ${name}`;
    throw invalidField(scope.query, parameter, message);
  }
  const counts = name === 'COUNT' || name === 'COUNT_DISTINCT';
  const field = counts
    ? computedField(written, 'int')
    : name === 'AVG'
      ? computedField(written, 'double')
      : source.field;
  return { field, compute: (rows) => reduce(name, valuesOf(source, rows)) };
}

function valuesOf(source: ValueSource, rows: readonly Row[]): readonly (string | number | boolean)[] {
  return rows.flatMap((row) => source.read(row) ?? []);
}

function reduce(name: string, values: readonly (string | number | boolean)[]): FieldValue {
  switch (name) {
    case 'COUNT':
      return values.length;
    case 'COUNT_DISTINCT':
      return new Set(values.map((value) => (typeof value === 'string' ? value.toLowerCase() : value))).size;
    case 'SUM':
      return values.length === 0 ? null : sum(values);
    case 'AVG':
      return values.length === 0 ? null : sum(values) / values.length;
    default:
      return extreme(values, name === 'MIN' ? -1 : 1);
  }
}

function sum(values: readonly (string | number | boolean)[]): number {
  // Decimals add up as decimals on the platform: 0.1 + 0.2 is 0.3.
  return Number(values.reduce<number>((total, value) => total + Number(value), 0).toPrecision(15));
}

function extreme(values: readonly (string | number | boolean)[], sign: number): FieldValue {
  let best: string | number | boolean | null = null;
  for (const value of values) {
    if (best === null || comparison(value, best) * sign > 0) best = value;
  }
  return best;
}

function comparison(a: string | number | boolean, b: string | number | boolean): number {
  const left = typeof a === 'string' ? a.toLowerCase() : a;
  const right = typeof b === 'string' ? b.toLowerCase() : b;
  return left < right ? -1 : left > right ? 1 : 0;
}
