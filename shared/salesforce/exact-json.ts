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

/** A number of more than 15 digits; it may stand in a text too, which costs time only. */
const needsSource = /[\d.]{16,}/;

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
    if (typeof member === 'number' && longFields.has(key)) members[key] = String(member);
    else withLongFieldsAsText(member);
  }
  return value;
}

/**
 * Parses JSON without rounding a number: replay IDs and commit numbers become strings, and any other number that a double
 * cannot hold (a currency field may have 18 digits) keeps its digits through `JSON.stringify`.
 */
export function parseExact(text: string): unknown {
  // Looking at the source of each number takes ten times as long as parsing; most texts have none that needs it.
  if (!needsSource.test(text)) {
    const value: unknown = JSON.parse(text);
    return namesLongField(text) ? withLongFieldsAsText(value) : value;
  }
  return sourceJson.parse(text, (key, value, { source }) => {
    if (typeof value !== 'number' || source === undefined) return value;
    if (longFields.has(key)) return source;
    return significantDigits(source) > 15 ? sourceJson.rawJSON(source) : value;
  });
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

/** True for an object with members; a number kept exact is an object too, but one value. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !sourceJson.isRawJSON(value);
}

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
    const character = body[at];
    if (character === '"') at = endOfString(body, at);
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    else if (character === ',' && depth === 0) {
      elements.push(body.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = body.slice(start, -1).trim();
  return last === '' && elements.length === 0 ? [] : [...elements, last];
}

function endOfString(text: string, openingQuote: number): number {
  let at = openingQuote + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function significantDigits(source: string): number {
  const mantissa = source.split(/[eE]/)[0] ?? '';
  return mantissa.replace(/[-.]/g, '').replace(/^0+/, '').length;
}
