import type { FieldDefinition, FieldValue } from './definitions.ts';
import { type RowError, rowError, ValueMismatch } from './errors.ts';
import { toId18 } from './ids.ts';

type Coerced = { readonly value: FieldValue } | { readonly error: RowError };

const emailPattern = /^[^\s@<>()[\],;:]+@[^\s@<>()[\],;:]+\.[^\s@<>()[\],;:.]+$/;
const datePattern = /^\d{4}-\d{2}-\d{2}$/;
const dateTimePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?$/;
const timePattern = /^\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?Z?$/;

/**
 * Turns a JSON value into what is stored, or into the error its row gets.
 * Throws ValueMismatch where Salesforce's parser would already refuse the whole request. An empty text is stored as null.
 */
export function coerceValue(field: FieldDefinition, input: unknown): Coerced {
  if (input === null || input === undefined) return { value: field.type === 'boolean' ? field.defaultValue : null };
  switch (field.type) {
    case 'boolean':
      return { value: toBoolean(field, input) };
    case 'int':
    case 'double':
    case 'currency':
    case 'percent':
      return toNumber(field, input);
    case 'date':
      return { value: toDate(field, input) };
    case 'datetime':
      return { value: toDateTime(field, input) };
    case 'time':
      return { value: toTime(field, input) };
    case 'id':
    case 'reference':
      return toReference(field, input);
    default:
      return toText(field, input);
  }
}

function toBoolean(field: FieldDefinition, input: unknown): boolean {
  if (typeof input === 'boolean') return input;
  if (typeof input === 'string' && /^(true|false)$/i.test(input)) return input.toLowerCase() === 'true';
  throw new ValueMismatch(field.name, 'boolean', input);
}

function toNumber(field: FieldDefinition, input: unknown): Coerced {
  const expected = field.type === 'int' ? 'int' : 'double';
  if (input === '') return { value: null };
  // Numbers given as text are taken, see the field reports on REST writes of typed columns.
  const number = typeof input === 'string' ? Number(input) : input;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw new ValueMismatch(field.name, expected, input);
  if (field.type === 'int' && !Number.isInteger(number)) throw new ValueMismatch(field.name, expected, input);
  const wholeDigits = field.type === 'int' ? field.digits : field.precision - field.scale;
  if (Math.abs(number) >= 10 ** wholeDigits) {
    const message = `${field.label}: value outside of valid range on numeric field: ${number}`;
    return { error: rowError('NUMBER_OUTSIDE_VALID_RANGE', message, [field.name]) };
  }
  return { value: number };
}

function toDate(field: FieldDefinition, input: unknown): string | null {
  if (input === '') return null;
  if (typeof input !== 'string') throw new ValueMismatch(field.name, 'date', input);
  const date = datePattern.test(input) ? input : dateTimePattern.test(input) ? input.slice(0, 10) : undefined;
  if (date === undefined || !isRealDate(date)) throw new ValueMismatch(field.name, 'date', input);
  return date;
}

function isRealDate(date: string): boolean {
  const parsed = new Date(`${date}T00:00:00.000Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date);
}

function toDateTime(field: FieldDefinition, input: unknown): string | null {
  if (input === '') return null;
  if (typeof input !== 'string') throw new ValueMismatch(field.name, 'datetime', input);
  const parsed = parseDateTime(input);
  if (parsed === undefined) throw new ValueMismatch(field.name, 'datetime', input);
  return parsed;
}

/** Any accepted spelling of a date or datetime as UTC `YYYY-MM-DDTHH:mm:ss.SSSZ`. Without an offset it is UTC, as for an API client. */
export function parseDateTime(input: string): string | undefined {
  const isDate = datePattern.test(input);
  if (!isDate && !dateTimePattern.test(input)) return undefined;
  if (!isRealDate(input.slice(0, 10))) return undefined;
  const zoned = isDate ? `${input}T00:00:00Z` : /(?:Z|[+-]\d{2}:?\d{2})$/.test(input) ? input : `${input}Z`;
  const parsed = new Date(zoned.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return Number.isNaN(parsed.getTime()) ? undefined : parsed.toISOString();
}

function toTime(field: FieldDefinition, input: unknown): string | null {
  if (input === '') return null;
  if (typeof input !== 'string' || !timePattern.test(input)) throw new ValueMismatch(field.name, 'time', input);
  const [clock = '', fraction = ''] = input.replace('Z', '').split('.');
  return `${clock.length === 5 ? `${clock}:00` : clock}.${fraction.padEnd(3, '0')}Z`;
}

function toReference(field: FieldDefinition, input: unknown): Coerced {
  if (typeof input !== 'string') throw new ValueMismatch(field.name, 'string', input);
  if (input === '') return { value: null };
  const id = toId18(input);
  if (id !== undefined) return { value: id };
  const message = `${field.label}: id value of incorrect type: ${input}`;
  return { error: rowError('MALFORMED_ID', message, [field.name]) };
}

function toText(field: FieldDefinition, input: unknown): Coerced {
  if (typeof input === 'object') throw new ValueMismatch(field.name, 'string', input);
  const text = String(input);
  if (text === '') return { value: null };
  if (field.length > 0 && text.length > field.length) {
    const message = `${field.label}: data value too large: ${text} (max length=${field.length})`;
    return { error: rowError('STRING_TOO_LONG', message, [field.name]) };
  }
  if (field.type === 'email' && !emailPattern.test(text)) {
    const message = `${field.label}: invalid email address: ${text}`;
    return { error: rowError('INVALID_EMAIL_ADDRESS', message, [field.name]) };
  }
  if (field.restrictedPicklist && field.type === 'multipicklist') return toChoices(field, text);
  if (field.restrictedPicklist) {
    const known = field.picklistValues.find((value) => value.toLowerCase() === text.toLowerCase());
    if (known !== undefined) return { value: known };
    const message = `${field.label}: bad value for restricted picklist field: ${text}`;
    return { error: rowError('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message, [field.name]) };
  }
  return { value: text };
}

/** The values of a restricted multi-select picklist, each checked and in the spelling of its definition. */
function toChoices(field: FieldDefinition, text: string): Coerced {
  const values: string[] = [];
  for (const given of text.split(';').map((part) => part.trim())) {
    const known = field.picklistValues.find((value) => value.toLowerCase() === given.toLowerCase());
    if (known === undefined) {
      const message = `${field.label}: bad value for restricted picklist field: ${given}`;
      return { error: rowError('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message, [field.name]) };
    }
    values.push(known);
  }
  return { value: values.join(';') };
}
