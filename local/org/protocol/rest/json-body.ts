/** Where and why a text is no JSON, in the words of Salesforce's parser; undefined when it is fine. */
export function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const position = positionOf(error, text);
    const before = text.slice(0, position).split('\n');
    const place = `[line:${before.length}, column:${(before.at(-1) ?? '').length + 1}]`;
    const character = text[position];
    if (character === undefined) {
      return `Unexpected end-of-input: expected close marker for OBJECT or ARRAY at ${place}`;
    }
    const code = character.codePointAt(0) ?? 0;
    return `Unexpected character ('${character}' (code ${code})): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false') at ${place}`;
  }
}

/** The engine names a position, or says nothing more than that the text ended too early. */
function positionOf(error: unknown, text: string): number {
  const match = /at position (\d+)/.exec(error instanceof Error ? error.message : '');
  if (match !== null) return Number(match[1]);
  const token = /^Unexpected token '(.)'/u.exec(error instanceof Error ? error.message : '')?.[1];
  const found = token === undefined ? -1 : text.indexOf(token);
  return found < 0 ? text.length : found;
}

const jsonTypes = /^(?:application\/json|application\/[\w.-]+\+json)\b/i;

/** The complaint about a body whose type a JSON resource does not take; a missing type counts as JSON. */
export function contentTypeProblem(contentType: string | undefined): string | undefined {
  if (contentType === undefined || contentType === '' || jsonTypes.test(contentType)) return undefined;
  return `Content-Type header specified in HTTP request is not supported: ${contentType.split(';')[0]?.trim()}`;
}
