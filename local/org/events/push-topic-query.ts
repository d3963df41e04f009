import type { Query } from '@jetstreamapp/soql-parser-js';
import type { Database } from '../store/database.ts';
import { type FieldDefinition, findField, type ObjectDefinition, type Row } from '../store/definitions.ts';
import { ApiError, type RowError, rowError } from '../store/errors.ts';
import { compileFilter } from '../store/soql/filter.ts';
import { parseSoql } from '../store/soql/parse.ts';
import { compileSelection } from '../store/soql/select.ts';

/** Standard objects that a PushTopic may watch (Streaming API guide, "Supported Objects in PushTopic Queries"); custom ones all may. */
const supportedObjects = new Set([
  'Account',
  'Campaign',
  'Case',
  'Contact',
  'ContractLineItem',
  'Entitlement',
  'Lead',
  'LiveChatTranscript',
  'MessagingSession',
  'Opportunity',
  'Quote',
  'QuoteLineItem',
  'ServiceAppointment',
  'ServiceContract',
  'Task',
  'UserServicePresence',
  'WorkOrder',
  'WorkOrderLineItem',
]);

export interface PushTopicQuery {
  readonly object: ObjectDefinition;
  readonly selected: readonly FieldDefinition[];
  readonly whereFields: ReadonlySet<string>;
  matches(row: Row): boolean;
}

/** Compiles the Query of a PushTopic, or says why it is not allowed as one. */
export function compilePushTopicQuery(database: Database, text: string): PushTopicQuery | RowError {
  try {
    return compile(database, text);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const [entry] = error.body;
    return rowError('INVALID_FIELD', entry?.message ?? error.message, ['Query']);
  }
}

function compile(database: Database, text: string): PushTopicQuery | RowError {
  const query = parseSoql(text);
  const forbidden = forbiddenClause(query, text);
  if (forbidden !== undefined) return refused(forbidden);
  const object = database.schema.find(query.sObject);
  if (object === undefined) return refused(`sObject type '${query.sObject}' is not supported.`);
  if (!object.custom && !supportedObjects.has(object.name)) {
    return refused(`'${object.name}' is not supported`);
  }
  const { paths } = compileSelection(database, object, query, text);
  const selected = paths.map((path) => path.field);
  if (!selected.some((field) => field.type === 'id')) return refused('Id must be in the SELECT clause');
  const filter =
    query.where === undefined
      ? undefined
      : compileFilter(query.where, { database, object, alias: query.sObjectAlias, query: text, subSelect: () => [] });
  const formula = [...(filter?.fields ?? [])].find((name) => (findField(object, name)?.formula ?? null) !== null);
  if (formula !== undefined) return refused(`The formula field ${formula} is not supported in the WHERE clause`);
  return {
    object,
    selected,
    whereFields: filter?.fields ?? new Set(),
    matches: (row) => filter?.matches(row) ?? true,
  };
}

/** The rules of the Streaming API guide's SOQL chapters, each with the guide's text. */
function forbiddenClause(query: Query, text: string): string | undefined {
  const fields = query.fields ?? [];
  const where = JSON.stringify(query.where ?? null);
  if (fields.some((field) => field.type === 'FieldTypeof')) return "'TYPEOF' clause is not allowed";
  if (fields.some((field) => field.type === 'FieldSubquery' || field.type === 'FieldRelationship')) {
    return 'relationships are not supported';
  }
  if (fields.some((field) => field.type === 'FieldFunctionExpression') || query.groupBy !== undefined) {
    return 'Aggregate queries are not supported';
  }
  if (query.orderBy !== undefined) return "'ORDER BY' clause is not allowed";
  if (query.limit !== undefined) return "'LIMIT' is not allowed";
  if (query.offset !== undefined) return "'OFFSET' clause is not allowed";
  if (where.includes('"valueQuery"')) return 'INVALID_FIELD, semi/anti join sub-selects are not supported';
  if (where.includes('"operator":"NOT"')) return "'NOT' is not supported";
  if (where.includes('"fn":')) return 'SOQL functions are not supported';
  const alias = query.sObjectAlias ?? query.sObject ?? '';
  const dotted = [...where.matchAll(/"field":"([^".]+)\./g)].some(
    ([, name]) => name?.toLowerCase() !== alias.toLowerCase(),
  );
  return dotted || text.trim() === '' ? 'relationships are not supported' : undefined;
}

function refused(message: string): RowError {
  return rowError('INVALID_FIELD', message, ['Query']);
}
