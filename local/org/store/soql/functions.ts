import type { FieldDefinition, FieldType, FieldValue } from '../definitions.ts';
import { fieldFromLine } from '../field-table.ts';
import type { ParsedFunction } from './expression.ts';
import type { ValueSource } from './path.ts';
import { invalidField, malformedAt } from './query-error.ts';

const day = 24 * 3_600_000;

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / day) + 1;
}

/** Date functions of the SOQL and SOSL Reference; the organization's fiscal year is the calendar year. */
const dateFunctions: Readonly<Record<string, (date: Date) => FieldValue>> = {
  CALENDAR_MONTH: (date) => date.getUTCMonth() + 1,
  CALENDAR_QUARTER: (date) => Math.floor(date.getUTCMonth() / 3) + 1,
  CALENDAR_YEAR: (date) => date.getUTCFullYear(),
  DAY_IN_MONTH: (date) => date.getUTCDate(),
  DAY_IN_WEEK: (date) => date.getUTCDay() + 1,
  DAY_IN_YEAR: dayOfYear,
  DAY_ONLY: (date) => date.toISOString().slice(0, 10),
  FISCAL_MONTH: (date) => date.getUTCMonth() + 1,
  FISCAL_QUARTER: (date) => Math.floor(date.getUTCMonth() / 3) + 1,
  FISCAL_YEAR: (date) => date.getUTCFullYear(),
  HOUR_IN_DAY: (date) => date.getUTCHours(),
  WEEK_IN_MONTH: (date) => Math.ceil(date.getUTCDate() / 7),
  WEEK_IN_YEAR: (date) => Math.ceil(dayOfYear(date) / 7),
};

const onlyDateTime = new Set(['DAY_ONLY', 'HOUR_IN_DAY']);

/** Functions that show the value as it is here: one language, one currency, one time zone. */
const transparent = new Set(['TOLABEL', 'FORMAT', 'CONVERTCURRENCY', 'CONVERTTIMEZONE']);

/** Resolves a function of a field, `CALENDAR_YEAR(CreatedDate)`; `resolve` finds the field. */
export function functionSource(fn: ParsedFunction, query: string, resolve: (path: string) => ValueSource): ValueSource {
  const name = (fn.functionName ?? '').toUpperCase();
  const written = fn.rawValue ?? fn.functionName ?? '';
  const [parameter] = fn.parameters ?? [];
  const known = transparent.has(name) || dateFunctions[name] !== undefined;
  if (!known || parameter === undefined)
    throw malformedAt(query, fn.functionName ?? '(', `unexpected token: '${fn.functionName ?? '('}'`);
  const inner = typeof parameter === 'string' ? resolve(parameter) : functionSource(parameter, query, resolve);
  const compute = dateFunctions[name];
  if (compute === undefined) return { ...inner, label: written };
  const fits = inner.field.type === 'datetime' || (inner.field.type === 'date' && !onlyDateTime.has(name));
  if (!fits)
    throw invalidField(query, inner.label, `field '${inner.field.name}' does not support date function ${name}`);
  return {
    field: computedField(written, name === 'DAY_ONLY' ? 'date' : 'int'),
    label: written,
    read: (row) => {
      const value = inner.read(row);
      return typeof value === 'string' ? compute(new Date(value)) : null;
    },
  };
}

export function computedField(name: string, type: FieldType): FieldDefinition {
  return { ...fieldFromLine([name, name, type, 'readonly']), calculated: true };
}
