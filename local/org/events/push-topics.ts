import type { OrgSettings } from '../settings.ts';
import type { Change, Database } from '../store/database.ts';
import {
  type FieldDefinition,
  type FieldValue,
  isCompound,
  type ObjectDefinition,
  type Row,
} from '../store/definitions.ts';
import { rowError } from '../store/errors.ts';
import type { ObjectRule } from '../store/object-rules.ts';
import { partName } from './change-event-body.ts';
import { changedFieldNames } from './change-events.ts';
import { compilePushTopicQuery, type PushTopicQuery } from './push-topic-query.ts';

/** The row of a PushTopic, with its query compiled. */
export interface PushTopic {
  readonly name: string;
  readonly active: boolean;
  readonly row: Row;
  readonly query: PushTopicQuery;
}

/** Checks a PushTopic row as it is saved (Object Reference, PushTopic). `database` is a function because the rule belongs to it. */
export function pushTopicRule(
  database: () => Database,
  { pushTopics: maxActive, compoundFieldsInPushTopics }: Pick<OrgSettings, 'pushTopics' | 'compoundFieldsInPushTopics'>,
): ObjectRule {
  return {
    check({ object, before, after }) {
      const becomesActive = after['IsActive'] === true && before?.['IsActive'] !== true;
      if (becomesActive && activeTopics(database(), object) >= maxActive) {
        return [rowError('LIMIT_EXCEEDED', `You have reached the limit of ${maxActive} active PushTopics.`)];
      }
      const version = Number(after['ApiVersion']);
      if (!(version > 20)) {
        return [rowError('INVALID_FIELD', 'API Version: must be greater than 20.0', ['ApiVersion'])];
      }
      after['NotifyForOperations'] = operationsOf(after);
      const query = compilePushTopicQuery(database(), String(after['Query']));
      if ('statusCode' in query) return [query];
      const compound = query.selected.find(isCompound);
      if (compound !== undefined && compoundFieldsInPushTopics === 'refuse') {
        return [
          rowError('INVALID_FIELD', `The field ${compound.name} is not supported in a PushTopic query`, ['Query']),
        ];
      }
      const onlyId = query.selected.every((field) => field.type === 'id') && query.whereFields.size === 0;
      if (after['NotifyForFields'] === 'Referenced' && onlyId) {
        const message = "NotifyForFields 'Referenced' needs at least one field other than Id in the query";
        return [rowError('INVALID_FIELD', message, ['NotifyForFields'])];
      }
      return [];
    },
  };
}

/** An inactive topic does not count against the limit. */
function activeTopics(database: Database, object: ObjectDefinition): number {
  let count = 0;
  for (const row of database.table(object).all()) {
    if (row['IsDeleted'] !== true && row['IsActive'] === true) count += 1;
  }
  return count;
}

/** The read-only summary of the four switches that older clients read. */
function operationsOf(row: Readonly<Record<string, FieldValue>>): string {
  const create = row['NotifyForOperationCreate'] !== false;
  const update = row['NotifyForOperationUpdate'] !== false;
  const more = row['NotifyForOperationDelete'] !== false || row['NotifyForOperationUndelete'] !== false;
  if (more) return 'Extended';
  if (create && update) return 'All';
  return create ? 'Create' : 'Update';
}

/** The live PushTopics of the org by name; a topic is compiled once per version of its row. */
export class PushTopicRegistry {
  readonly #database: Database;
  readonly #compiled = new WeakMap<Row, PushTopic>();

  constructor(database: Database) {
    this.#database = database;
  }

  all(): readonly PushTopic[] {
    const object = this.#database.schema.find('PushTopic');
    if (object === undefined) return [];
    const topics: PushTopic[] = [];
    for (const row of this.#database.table(object).all()) {
      const topic = row['IsDeleted'] === true ? undefined : this.#compile(row);
      if (topic !== undefined) topics.push(topic);
    }
    return topics;
  }

  find(name: string): PushTopic | undefined {
    return this.all().find((topic) => topic.name === name);
  }

  #compile(row: Row): PushTopic | undefined {
    const known = this.#compiled.get(row);
    // A changed object has a new definition; what was compiled against the old one is void.
    const object = known === undefined ? undefined : this.#database.schema.find(known.query.object.name);
    if (known !== undefined && object === known.query.object) return known;
    const query = compilePushTopicQuery(this.#database, String(row['Query']));
    if ('statusCode' in query) return undefined;
    const topic = { name: String(row['Name']), active: row['IsActive'] === true, row, query };
    this.#compiled.set(row, topic);
    return topic;
  }
}

const switches = {
  created: 'NotifyForOperationCreate',
  updated: 'NotifyForOperationUpdate',
  deleted: 'NotifyForOperationDelete',
  undeleted: 'NotifyForOperationUndelete',
} as const;

/**
 * Whether a change notifies the topic's subscribers (Streaming API guide, `event_notification_rules_intro.htm`): the row as it is
 * now satisfies WHERE and, for an update, a watched field changed. System fields never count as watched.
 */
export function topicMatches(topic: PushTopic, change: Change): boolean {
  const { row, query } = topic;
  if (!topic.active || query.object !== change.object || row[switches[change.kind]] === false) return false;
  if (!query.matches(change.after)) return false;
  if (change.kind !== 'updated') return true;
  const changed = changedFieldNames(change.before, change.after);
  for (const name of ['LastModifiedDate', 'LastModifiedById', 'SystemModstamp']) changed.delete(name);
  // A compound field changed when a part of it did.
  for (const { name, compoundFieldName } of change.object.fields) {
    if (compoundFieldName !== null && changed.has(name)) changed.add(compoundFieldName);
  }
  // Nor do fields that are computed.
  for (const { name, calculated } of change.object.fields) if (calculated) changed.delete(name);
  const selected = query.selected.some((field) => changed.has(field.name));
  const filtered = [...query.whereFields].some((name) => changed.has(name));
  switch (row['NotifyForFields']) {
    case 'All':
      return changed.size > 0;
    case 'Select':
      return selected;
    case 'Where':
      return filtered;
    default:
      return selected || filtered;
  }
}

/** The `sobject` of the event: exactly the selected fields, nulls included; reports say that a delete carries the Id only. */
export function topicPayload(
  topic: PushTopic,
  change: Change,
  onDelete: 'id' | 'all',
): Readonly<Record<string, unknown>> {
  const { after, object } = change;
  if (change.kind === 'deleted' && onDelete === 'id') return { Id: after.Id };
  return Object.fromEntries(
    topic.query.selected.map((field) => [
      field.name,
      isCompound(field) ? partsOf(object, field, after) : (after[field.name] ?? null),
    ]),
  );
}

/** A compound with all its parts, nulls included, by the names that change events use too. */
function partsOf(
  { fields }: ObjectDefinition,
  { name }: FieldDefinition,
  row: Row,
): Readonly<Record<string, FieldValue>> {
  const parts = fields.filter((field) => field.compoundFieldName === name);
  return Object.fromEntries(parts.map((field) => [partName(field), row[field.name] ?? null]));
}
