import type { FieldType as SelectedItem } from '@jetstreamapp/soql-parser-js';
import type { Database } from '../database.ts';
import type { ObjectDefinition } from '../definitions.ts';
import type { ParsedFunction } from './expression.ts';
import { functionSource } from './functions.ts';
import { type FieldPath, resolvePath, type ValueSource } from './path.ts';

/** One SELECT with what its names refer to. */
export interface Scope {
  readonly database: Database;
  readonly object: ObjectDefinition;
  readonly alias: string | undefined;
  /** The whole text, for errors. */
  readonly query: string;
  readonly includeDeleted: boolean;
}

/** Resolves a path; the object's name or alias in front of it is optional. */
export function pathIn(scope: Scope, written: string): FieldPath {
  const parts = written.split('.').map((part) => part.trim());
  const first = parts[0]?.toLowerCase();
  const named = parts.length > 1 && (first === scope.alias?.toLowerCase() || first === scope.object.name.toLowerCase());
  const isRelationship = scope.object.relationshipByName.has(first ?? '') && first !== scope.alias?.toLowerCase();
  return resolvePath(scope.database, scope.object, named && !isRelationship ? parts.slice(1) : parts, scope.query);
}

export function functionIn(scope: Scope, fn: ParsedFunction): ValueSource {
  return functionSource(fn, scope.query, (path) => pathIn(scope, path));
}

export function sourceIn(scope: Scope, item: { readonly field?: string; readonly fn?: ParsedFunction }): ValueSource {
  return item.fn === undefined ? pathIn(scope, item.field ?? '') : functionIn(scope, item.fn);
}

/** The path of a selected field as written, without an alias behind it. */
export function writtenPath(item: SelectedItem): string | undefined {
  if (item.type === 'Field') return ('rawValue' in item && item.rawValue) || item.field;
  if (item.type !== 'FieldRelationship') return undefined;
  return item.rawValue ?? [...item.relationships, item.field].join('.');
}
