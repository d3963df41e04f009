import type { ObjectDefinition } from '../definitions.ts';
import { ApiError } from '../errors.ts';

/** Quotes the query around a name with a caret under it, as Salesforce's query errors do. */
function excerpt(query: string, name: string): string {
  const column = Math.max(0, query.toLowerCase().indexOf(name.toLowerCase()));
  const start = Math.max(0, column - 40);
  const quoted = query.slice(start, column + name.length + 40).replaceAll('\n', ' ');
  return `\n${quoted}\n${' '.repeat(column - start)}^\nERROR at Row:1:Column:${column + 1}\n`;
}

export function noSuchField(query: string, object: ObjectDefinition, name: string): ApiError {
  const message = `${excerpt(query, name)}No such column '${name}' on entity '${object.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`;
  return new ApiError(400, 'INVALID_FIELD', message);
}

export function noSuchRelationship(query: string, object: ObjectDefinition, name: string): ApiError {
  const message = `${excerpt(query, name)}Didn't understand relationship '${name}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names. Entity: ${object.name}`;
  return new ApiError(400, 'INVALID_FIELD', message);
}

export function noSuchObject(query: string, name: string): ApiError {
  const message = `${excerpt(query, name)}sObject type '${name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.`;
  return new ApiError(400, 'INVALID_TYPE', message);
}

export function malformed(message: string): ApiError {
  return new ApiError(400, 'MALFORMED_QUERY', message);
}

export function invalidField(query: string, name: string, message: string): ApiError {
  return new ApiError(400, 'INVALID_FIELD', `${excerpt(query, name)}${message}`);
}
