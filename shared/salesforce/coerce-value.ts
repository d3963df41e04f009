import type { FieldDescribe } from './describe.ts';
import { scalarText, toExactNumber } from './exact-json.ts';

/** A value in the form Salesforce takes for a field's type, or why there is none. */
export type Coerced = { readonly value: unknown } | { readonly problem: string; readonly status: string };

/** What of a describe decides a value's form. */
export type FieldForm = Pick<FieldDescribe, 'type' | 'length' | 'digits' | 'precision' | 'scale'>;

// One value of the wrong JSON type refuses the whole request of 200 rows (JSON_PARSER_ERROR), so what means the right thing
// in another form is brought into Salesforce's, and the rest is refused here:
// https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/field_types.htm
const coerceByType: Readonly<Record<string, (value: unknown, field: FieldForm) => Coerced>> = {
  boolean: coerceBoolean,
  int: coerceWhole,
  long: coerceWhole,
  double: coerceDecimal,
  currency: coerceDecimal,
  percent: coerceDecimal,
  date: coerceDate,
  datetime: coerceDatetime,
  time: coerceTime,
  multipicklist: coerceMultipicklist,
};

/** Brings a value that is not null into the form of its field. Texts of every kind share one rule. */
export function coerceValue(value: unknown, field: FieldForm): Coerced {
  return (coerceByType[field.type] ?? coerceText)(value, field);
}

function refuse(problem: string, status = 'INVALID_TYPE_ON_FIELD_IN_RECORD'): Coerced {
  return { problem, status };
}

function coerceText(value: unknown, field: FieldForm): Coerced {
  const text = scalarText(value);
  if (text === undefined) return refuse(`must be a text, not ${kindOf(value)}`);
  // Length counts characters as Java does, so an emoji is two. Base64 is measured in bytes, elsewhere.
  if (field.length > 0 && field.type !== 'base64' && text.length > field.length) {
    return refuse(`has ${text.length} characters, ${field.length} is the limit`, 'STRING_TOO_LONG');
  }
  return { value: text };
}

const yes = new Set(['true', 't', 'yes', 'y', 'on', '1']);
const no = new Set(['false', 'f', 'no', 'n', 'off', '0']);

function coerceBoolean(value: unknown): Coerced {
  if (typeof value === 'boolean') return { value };
  const text = scalarText(value)?.trim().toLowerCase() ?? '';
  if (yes.has(text)) return { value: true };
  return no.has(text) ? { value: false } : refuse('must be true or false');
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function coerceWhole(value: unknown, { type, digits }: FieldForm): Coerced {
  const text = typeof value === 'boolean' ? undefined : scalarText(value)?.trim();
  if (text === undefined || !decimal.test(text)) return refuse('must be a whole number');
  const plain = /^[+-]?\d+$/.test(text) ? text : plainWhole(text);
  if (plain === undefined) return refuse('must be a whole number');
  const magnitude = plain.replace(/^[+-]?0*(?=\d)/, '');
  const limit = type === 'int' ? 2_147_483_648 : Number.POSITIVE_INFINITY;
  if (Math.abs(Number(plain)) >= limit || magnitude.length > Math.max(digits ?? 0, type === 'int' ? 10 : 19)) {
    return refuse('is outside the range of its field', 'NUMBER_OUTSIDE_VALID_RANGE');
  }
  return { value: toExactNumber(plain) };
}

/** `3.0` and `1e3` are whole numbers too. */
function plainWhole(text: string): string | undefined {
  const number = Number(text);
  return Number.isSafeInteger(number) ? String(number) : undefined;
}

function coerceDecimal(value: unknown, { precision = 0, scale = 0 }: FieldForm): Coerced {
  const number = typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  const text = number !== undefined || typeof value === 'boolean' ? undefined : scalarText(value)?.trim();
  if (number === undefined && (text === undefined || !decimal.test(text))) return refuse('must be a number');
  // Decimals beyond the scale are rounded by Salesforce; digits before the point are not.
  const whole = Math.trunc(Math.abs(number ?? Number(text)));
  if (precision > 0 && whole >= 10 ** (precision - scale)) {
    return refuse('is outside the range of its field', 'NUMBER_OUTSIDE_VALID_RANGE');
  }
  return { value: number ?? toExactNumber(text ?? '') };
}

const day = /^(\d{4})-(\d{2})-(\d{2})$/;
const moment = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)\s*(Z|[+-]\d{2}:?\d{2})?$/i;
// A day count as Kafka Connect's Date has it; as milliseconds it would lie within a quarter of an hour after 1970.
const mostDays = 1_000_000;
const dayMs = 86_400_000;

function coerceDate(value: unknown): Coerced {
  const number = numberOf(value);
  if (number !== undefined) {
    const text = isoOf(Math.abs(number) < mostDays ? number * dayMs : number);
    return text === undefined ? refuse('must be a date') : { value: text.slice(0, 10) };
  }
  const text = scalarText(value)?.trim() ?? '';
  const found = day.test(text) ? text : moment.exec(text)?.[1];
  return found !== undefined && isDay(found) ? { value: found } : refuse("must be a date such as '2026-03-31'");
}

function coerceDatetime(value: unknown): Coerced {
  const number = numberOf(value);
  if (number !== undefined) {
    const text = isoOf(number);
    return text === undefined ? refuse('must be a time') : { value: text };
  }
  const text = scalarText(value)?.trim() ?? '';
  if (day.test(text) && isDay(text)) return { value: `${text}T00:00:00.000Z` };
  const match = moment.exec(text);
  if (match === null || !isDay(match[1] ?? '')) return refuse("must be a time such as '2026-03-31T10:00:00Z'");
  const [, date, time = '', zone = 'Z'] = match;
  const normal = `${date}T${padTime(time)}${zone.toUpperCase()}`;
  return Number.isNaN(Date.parse(normal.replace(/([+-]\d{2})(\d{2})$/, '$1:$2')))
    ? refuse("must be a time such as '2026-03-31T10:00:00Z'")
    : { value: normal };
}

/** Milliseconds as a number, or as a text of digits only. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const text = typeof value === 'boolean' ? undefined : scalarText(value)?.trim();
  return text !== undefined && /^-?\d{5,}$/.test(text) ? Number(text) : undefined;
}

function coerceTime(value: unknown): Coerced {
  if (typeof value === 'number' && value >= 0 && value < dayMs) {
    return { value: new Date(value).toISOString().slice(11) };
  }
  const match = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?(Z?)$/i.exec(scalarText(value)?.trim() ?? '');
  if (match === null) return refuse("must be a time of day such as '17:30:00'");
  return { value: `${padTime(match[0].replace(/Z$/i, ''))}Z` };
}

/** With seconds and three digits behind them. */
function padTime(time: string): string {
  const [clock = '', fraction = ''] = time.replace(',', '.').split('.');
  return `${clock.length === 5 ? `${clock}:00` : clock}.${fraction.slice(0, 3).padEnd(3, '0')}`;
}

function coerceMultipicklist(value: unknown, field: FieldForm): Coerced {
  if (!Array.isArray(value)) return coerceText(value, field);
  const texts = value.map(scalarText);
  if (texts.some((text) => text === undefined)) return refuse('must be a list of texts');
  if (texts.some((text) => text?.includes(';'))) return refuse('has a value with a semicolon, which separates values');
  return coerceText(texts.join(';'), field);
}

function isDay(text: string): boolean {
  return isoOf(Date.parse(`${text}T00:00:00Z`))?.slice(0, 10) === text;
}

function isoOf(milliseconds: number): string | undefined {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999) return undefined;
  return date.toISOString();
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : `an ${typeof value}`;
}
