import { parseQuery, type Query } from '@jetstreamapp/soql-parser-js';
import { excerptAt, malformed } from './query-error.ts';

const longestQuery = 100_000;

export type ParsedQuery = Query & { readonly sObject: string };

/** A literal, a word with its dots, or one sign. */
const tokenPattern = /'(?:\\[\s\S]|[^'\\])*'?|[\w.:+-]+|[<>!]=|<>|\S/g;

/** Parses SOQL or refuses it as Salesforce does: MALFORMED_QUERY naming the unexpected token. */
export function parseSoql(text: string): ParsedQuery {
  if (text.trim() === '') throw malformed('A query string has to be specified');
  if (text.length > longestQuery) {
    throw malformed(`SOQL statements cannot be longer than ${longestQuery} characters.`);
  }
  const query = tryParse(text);
  if (query === undefined) throw unexpectedToken(text);
  const { sObject } = query;
  if (sObject === undefined) throw endOfFile(text);
  return { ...query, sObject };
}

function tryParse(text: string): Query | undefined {
  try {
    return parseQuery(text);
  } catch {
    return undefined;
  }
}

/**
 * The library's messages name tokens loosely and without a place. A predictive parser fails at the first token that no
 * query can continue with, so the place is where a beginning of the text stops being one.
 */
function unexpectedToken(text: string): Error {
  const tokens = [...text.matchAll(tokenPattern)];
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const token = tokens[middle];
    if (token !== undefined && isBeginning(text.slice(0, token.index + token[0].length))) low = middle + 1;
    else high = middle;
  }
  const token = tokens[low];
  if (token === undefined) return endOfFile(text);
  const [found] = token;
  const open = found.startsWith("'") && (found.length === 1 || !found.endsWith("'"));
  if (open)
    return malformed(
      `${excerptAt(text, token.index, 1)}line 1:${text.length} mismatched character '<EOF>' expecting '''`,
    );
  return malformed(`${excerptAt(text, token.index, found.length)}unexpected token: '${found}'`);
}

function isBeginning(text: string): boolean {
  try {
    parseQuery(text);
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return /but found:? (?:--> )?''/.test(message);
  }
}

function endOfFile(text: string): Error {
  return malformed(`${excerptAt(text, text.length, 0)}unexpected token: '<EOF>'`);
}
