import type { ObjectDefinition } from '../definitions.ts';
import { ApiError } from '../errors.ts';

const identifier = /[\w.]/;

/** The query with the insides of its string literals blanked, so that names are not found in them. Positions stay. */
function withoutLiterals(query: string): string {
  return query.replace(/'(?:\\[\s\S]|[^'\\])*'/g, (literal) => `'${' '.repeat(literal.length - 2)}'`);
}

/** Where a name or path stands in the query: its `occurrence`-th appearance as a whole word, from 0. */
export function positionOf(query: string, name: string, occurrence = 0): number | undefined {
  const text = withoutLiterals(query).toLowerCase();
  const wanted = name.toLowerCase();
  let left = occurrence;
  for (let at = text.indexOf(wanted); at >= 0 && wanted !== ''; at = text.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    const whole = !/^\w/.test(wanted) || !identifier.test(text[at - 1] ?? '');
    if (!whole || (/\w$/.test(wanted) && /\w/.test(text[end] ?? ''))) continue;
    if (left === 0) return at;
    left -= 1;
  }
  // A name inside a path: the message points at the path.
  if (occurrence > 0) return undefined;
  const dotted = /^\w+$/.test(wanted) ? new RegExp(`(?<![\\w.])(?:\\w+\\.)+${wanted}(?!\\w)`).exec(text) : null;
  return dotted?.index;
}

/** Quotes the query around a place with a caret under it, as Salesforce's query errors do: the message begins with a line break. */
export function excerptAt(query: string, at: number, length: number): string {
  const start = Math.max(0, at - 40);
  const quoted = query.slice(start, at + length + 40).replace(/[\r\n\t]/g, ' ');
  const before = query.slice(0, at).split('\n');
  const column = (before.at(-1) ?? '').length + 1;
  return `\n${quoted}\n${' '.repeat(at - start)}^\nERROR at Row:${before.length}:Column:${column}\n`;
}

function excerpt(query: string, name: string): string {
  return excerptAt(query, positionOf(query, name) ?? 0, name.length);
}

export function noSuchField(query: string, object: ObjectDefinition, name: string, path = name): ApiError {
  const message = `${excerpt(query, path)}No such column '${name}' on entity '${object.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`;
  return new ApiError(400, 'INVALID_FIELD', message);
}

export function noSuchRelationship(query: string, _object: ObjectDefinition, name: string, path = name): ApiError {
  const message = `${excerpt(query, path)}Didn't understand relationship '${name}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`;
  return new ApiError(400, 'INVALID_FIELD', message);
}

/** A sub-select on children that the object does not have. */
export function noSuchChildren(query: string, name: string): ApiError {
  const message = `${excerpt(query, name)}Didn't understand relationship '${name}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`;
  return new ApiError(400, 'INVALID_TYPE', message);
}

export function noSuchObject(query: string, name: string): ApiError {
  const message = `${excerpt(query, name)}sObject type '${name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.`;
  return new ApiError(400, 'INVALID_TYPE', message);
}

export function malformed(message: string): ApiError {
  return new ApiError(400, 'MALFORMED_QUERY', message);
}

/** MALFORMED_QUERY that points at a name of the query. */
export function malformedAt(query: string, name: string, message: string): ApiError {
  return malformed(`${excerpt(query, name)}${message}`);
}

export function invalidField(query: string, name: string, message: string): ApiError {
  return new ApiError(400, 'INVALID_FIELD', `${excerpt(query, name)}${message}`);
}

/** INVALID_FIELD of a condition: the name is looked for behind WHERE or HAVING, though SELECT may have it too. */
export function invalidCondition(query: string, name: string, message: string): ApiError {
  const from = positionOf(query, 'where') ?? positionOf(query, 'having') ?? 0;
  let at = positionOf(query, name);
  for (let occurrence = 1; at !== undefined && at < from; occurrence += 1) at = positionOf(query, name, occurrence);
  if (at === undefined) return invalidField(query, name, message);
  return new ApiError(400, 'INVALID_FIELD', `${excerptAt(query, at, name.length)}${message}`);
}
