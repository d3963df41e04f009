// TypeScript's es2024 library does not know these yet: https://github.com/tc39/proposal-json-parse-with-source
interface SourceJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
}
const sourceJson = JSON as unknown as SourceJson;

/** 64-bit integers in Salesforce's messages, which the bridge keeps as text because a double would round them. */
const longFields = new Set(['replayId', 'commitNumber']);

/** So many digits and points in a row may be a number that a double rounds; in a text they cost time only. */
const manyDigits = 16;

/** Whether the text may have one of those; an escaped name is none that Salesforce or the bridge writes. */
function namesLongField(text: string): boolean {
  for (const field of longFields) if (text.includes(field)) return true;
  return false;
}

/** Changes the value in place. Its numbers are short, so what a double makes of them is what was written. */
function withLongFieldsAsText(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members)) {
    const member = members[key];
    if (typeof member === 'object') withLongFieldsAsText(member);
    else if (typeof member === 'number' && longFields.has(key)) members[key] = String(member);
  }
  return value;
}

/**
 * Parses JSON without rounding a number: replay IDs and commit numbers become strings, and any other number that a double
 * cannot hold (a currency field may have 18 digits) keeps its digits through `JSON.stringify`.
 */
export function parseExact(text: string): unknown {
  // A look at the source calls a function for every value of the text; most texts have no number that needs it.
  if (!hasManyDigits(text)) return parseShortNumbers(text);
  return sourceJson.parse(text, (key, value, { source }) => {
    if (typeof value !== 'number' || source === undefined) return value;
    if (longFields.has(key)) return source;
    return significantDigits(source) > 15 ? sourceJson.rawJSON(source) : value;
  });
}

/** As {@link parseExact}, for a text of which {@link hasManyDigits} is false. */
export function parseShortNumbers(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return namesLongField(text) ? withLongFieldsAsText(value) : value;
}

/** A whole number of any size as a JSON number; text that is none stays text. */
export function exactNumber(text: string): unknown {
  return /^-?(0|[1-9]\d*)$/.test(text) ? sourceJson.rawJSON(text) : text;
}

/** A number of any size and precision as JSON: a number where a double holds it, else its digits as they are. */
export function toExactNumber(text: string): unknown {
  if (significantDigits(text) <= 15 && Number.isFinite(Number(text))) return Number(text);
  // JSON knows neither a plus sign nor leading zeros nor a bare point.
  const [, sign = '', digits = ''] = /^\s*([+-]?)(.*?)\s*$/.exec(text) ?? [];
  const json = digits
    .replace(/^0+(?=\d)/, '')
    .replace(/^\./, '0.')
    .replace(/\.(?=$|[eE])/, '');
  return sourceJson.rawJSON(`${sign === '-' ? '-' : ''}${json}`);
}

/** True for a number that {@link parseExact} or {@link toExactNumber} kept digit by digit. */
export function isExactNumber(value: unknown): boolean {
  return sourceJson.isRawJSON(value);
}

/** Texts, numbers of any size and booleans as text; undefined for what has members, and for nothing. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return isExactNumber(value) ? JSON.stringify(value) : undefined;
}

/** True for an object with members; a number kept exact is an object too, but one value. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !sourceJson.isRawJSON(value);
}

const [quote, comma, backslash] = [0x22, 0x2c, 0x5c];
const [openingBracket, closingBracket, openingBrace, closingBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Cuts the text of a JSON array into the texts of its elements, so that each can be kept as it arrived.
 *
 * @returns undefined when the text is not an array.
 */
export function splitArray(text: string): readonly string[] | undefined {
  const body = text.trim();
  if (!body.startsWith('[') || !body.endsWith(']')) return undefined;
  const elements: string[] = [];
  let depth = 0;
  let start = 1;
  for (let at = 1; at < body.length - 1; at += 1) {
    const code = body.charCodeAt(at);
    if (code === quote) at = endOfString(body, at);
    else if (code === openingBrace || code === openingBracket) depth += 1;
    else if (code === closingBrace || code === closingBracket) depth -= 1;
    else if (code === comma && depth === 0) {
      elements.push(body.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = body.slice(start, -1).trim();
  return last === '' && elements.length === 0 ? [] : [...elements, last];
}

function endOfString(text: string, openingQuote: number): number {
  let at = text.indexOf('"', openingQuote + 1);
  while (at >= 0 && isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at < 0 ? text.length : at;
}

/** True behind an odd number of backslashes. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === backslash) first -= 1;
  return (at - first) % 2 === 1;
}

/** True when a double may round a number of the text. As `/[\d.]{16}/`, but looks at every 16th character only: a row of 16 has one of them. */
export function hasManyDigits(text: string): boolean {
  for (let at = manyDigits - 1; at < text.length; at += manyDigits) {
    if (!isDigitOrPoint(text, at)) continue;
    let first = at;
    while (isDigitOrPoint(text, first - 1)) first -= 1;
    let behind = at + 1;
    while (isDigitOrPoint(text, behind)) behind += 1;
    if (behind - first >= manyDigits) return true;
  }
  return false;
}

function isDigitOrPoint(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code >= 0x30 && code <= 0x39) || code === 0x2e;
}

function significantDigits(source: string): number {
  const mantissa = source.split(/[eE]/)[0] ?? '';
  return mantissa.replace(/[-.]/g, '').replace(/^0+/, '').length;
}
