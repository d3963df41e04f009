import type { FieldValue } from '../store/definitions.ts';

type Row = Readonly<Record<string, FieldValue>>;

/** What a formula is computed on. */
export interface FormulaInput {
  /** The row as it would be stored, by field name. */
  readonly after: Row;
  readonly before: Row | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

export type Expression = (input: FormulaInput) => FieldValue;

/** Functions on values that are computed already. */
const ofValues: Readonly<Record<string, (...values: readonly FieldValue[]) => FieldValue>> = {
  NOT: (value = null) => !isTrue(value),
  LEN: (value = null) => textOf(value).length,
  ISPICKVAL: (value = null, wanted = null) => textOf(value) === textOf(wanted),
  INCLUDES: (value = null, wanted = null) => textOf(value).split(';').includes(textOf(wanted)),
  BEGINS: (value = null, start = null) => textOf(value).startsWith(textOf(start)),
  CONTAINS: (value = null, part = null) => textOf(value).includes(textOf(part)),
  REGEX: (value = null, pattern = null) => new RegExp(`^(?:${textOf(pattern)})$`).test(textOf(value)),
  TEXT: (value = null) => textOf(value),
  VALUE: (value = null) => numberOf(value),
  UPPER: (value = null) => textOf(value).toUpperCase(),
  LOWER: (value = null) => textOf(value).toLowerCase(),
  TRIM: (value = null) => textOf(value).trim(),
  LEFT: (value = null, count = null) => textOf(value).slice(0, numberOf(count)),
  RIGHT: (value = null, count = null) => textOf(value).slice(-numberOf(count)),
  ABS: (value = null) => Math.abs(numberOf(value)),
  MAX: (...values) => Math.max(...values.map(numberOf)),
  MIN: (...values) => Math.min(...values.map(numberOf)),
  ISBLANK: (value = null) => isBlank(value),
  ISNULL: (value = null) => isBlank(value),
  BLANKVALUE: (value = null, other = null) => (isBlank(value) ? other : value),
  YEAR: (value = null) => Number(textOf(value).slice(0, 4)),
};

/** Functions that decide what is computed, or look at the row themselves. `names`: arguments that are bare field names. */
export function callOf(name: string, values: readonly Expression[], names: readonly string[]): Expression | undefined {
  const [first = nothing, second = nothing, third = nothing] = values;
  const field = names[0] ?? '';
  switch (name) {
    case 'AND':
      return (input) => values.every((value) => isTrue(value(input)));
    case 'OR':
      return (input) => values.some((value) => isTrue(value(input)));
    case 'IF':
      return (input) => (isTrue(first(input)) ? second(input) : third(input));
    case 'ISNEW':
      return ({ before }) => before === undefined;
    case 'ISCHANGED':
      return ({ after, before }) => before !== undefined && valueIn(before, field) !== valueIn(after, field);
    case 'PRIORVALUE':
      return ({ after, before }) => valueIn(before ?? after, field);
    case 'TODAY':
      return ({ now }) => new Date(now).toISOString().slice(0, 10);
    case 'NOW':
      return ({ now }) => new Date(now).toISOString();
    default: {
      const work = ofValues[name];
      return work === undefined ? undefined : (input) => work(...values.map((value) => value(input)));
    }
  }
}

/** Field names are the same in any case. */
export function valueIn(row: Row, name: string): FieldValue {
  if (name in row) return row[name] ?? null;
  const key = Object.keys(row).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? null : (row[key] ?? null);
}

const nothing: Expression = () => null;

export function isBlank(value: FieldValue): boolean {
  return value === null || value === '';
}

export function isTrue(value: FieldValue): boolean {
  return value === true;
}

export function textOf(value: FieldValue): string {
  return value === null ? '' : String(value);
}

export function numberOf(value: FieldValue): number {
  return Number(value ?? 0);
}
