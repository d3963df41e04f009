import type { FieldType, Query } from '@jetstreamapp/soql-parser-js';
import type { Database } from '../database.ts';
import type { ObjectDefinition } from '../definitions.ts';
import { type FieldPath, resolvePath } from './path.ts';
import { malformed } from './query-error.ts';

export interface Selection {
  readonly paths: readonly FieldPath[];
  /** `SELECT COUNT() FROM …`: only the number is wanted. */
  readonly countOnly: boolean;
  /** `COUNT(Id) total`: result columns of an aggregate without GROUP BY. */
  readonly counts: readonly { readonly path: FieldPath; readonly alias: string }[];
}

/** Resolves the SELECT list of a query. */
export function compileSelection(database: Database, object: ObjectDefinition, query: Query, text: string): Selection {
  const paths: FieldPath[] = [];
  const counts: { path: FieldPath; alias: string }[] = [];
  let countOnly = false;
  const resolve = (parts: readonly string[]): FieldPath => resolvePath(database, object, parts, text);
  for (const item of query.fields ?? []) {
    const parts = partsOf(item, query.sObjectAlias ?? object.name);
    if (parts !== undefined) {
      paths.push(resolve(parts));
    } else if (item.type === 'FieldFunctionExpression') {
      const [parameter] = item.parameters;
      const name = item.functionName.toUpperCase();
      if (name === 'FIELDS') {
        for (const field of fieldsOf(object, String(parameter))) paths.push(resolve([field]));
      } else if (name === 'COUNT' && parameter === undefined) {
        countOnly = true;
      } else if (name === 'COUNT' && typeof parameter === 'string') {
        counts.push({ path: resolve(parameter.split('.')), alias: item.alias ?? `expr${counts.length}` });
      } else {
        throw malformed(`unexpected token: '${item.rawValue ?? item.functionName}'`);
      }
    } else {
      throw malformed("unexpected token: '('");
    }
  }
  if (countOnly && (query.fields ?? []).length > 1) throw malformed("unexpected token: ','");
  return { paths, countOnly, counts };
}

function partsOf(item: FieldType, alias: string): readonly string[] | undefined {
  if (item.type === 'Field') return [item.field];
  if (item.type !== 'FieldRelationship') return undefined;
  const own = item.relationships[0]?.toLowerCase() === alias.toLowerCase();
  return [...(own ? item.relationships.slice(1) : item.relationships), item.field];
}

function fieldsOf(object: ObjectDefinition, group: string): readonly string[] {
  const wanted = group.toUpperCase();
  return object.fields
    .filter((field) => wanted === 'ALL' || field.custom === (wanted === 'CUSTOM'))
    .map((field) => field.name);
}
