import { createHash } from 'node:crypto';
import type { FieldDefinition, ObjectDefinition } from '../store/definitions.ts';
import type { Schema } from '../store/schema.ts';
import { isCarried, partName } from './change-event-body.ts';
import { changeEventName, objectOfChangeEvent, platformEventNamed } from './entity-names.ts';

const schemaIds = new WeakMap<ObjectDefinition, string>();

/** 22 characters that change with the object's fields, like a schema ID. */
export function schemaIdOf(object: ObjectDefinition): string {
  const known = schemaIds.get(object);
  if (known !== undefined) return known;
  const shape = object.fields.map((field) => `${field.name}:${field.type}`).join(',');
  const id = createHash('md5').update(`${object.name} ${shape}`).digest('base64url');
  schemaIds.set(object, id);
  return id;
}

export type PayloadFormat = 'COMPACT' | 'EXPANDED';

/** The Avro schema of an event, by its ID. Only the schema in force is known. */
export function schemaById(id: string, schema: Schema, format: PayloadFormat) {
  const object = schema.objects.find((candidate) => schemaIdOf(candidate) === id);
  return object === undefined ? undefined : avroSchema(object, format);
}

/** The Avro schema of `AccountChangeEvent` or `Low_Ink__e`. */
export function schemaByName(name: string, schema: Schema, format: PayloadFormat) {
  const object = platformEventNamed(name, schema) ?? objectOfChangeEvent(name, schema);
  return object === undefined ? undefined : avroSchema(object, format);
}

/** REST guide, "Event Schema": compact is the payload alone, expanded the whole message. */
function avroSchema(object: ObjectDefinition, format: PayloadFormat) {
  const isEvent = object.kind === 'platformEvent';
  const name = isEvent ? object.name : changeEventName(object.name);
  const fields = isEvent ? eventFields(object) : [changeHeader, ...changeFields(object)];
  const payload = { name, namespace: 'com.sforce.eventbus', type: 'record', fields };
  const uuid = schemaIdOf(object);
  if (format === 'COMPACT') return { ...payload, uuid };
  const uuidField = isEvent ? [{ name: 'EventUuid', type: 'string' }] : [];
  const event = { type: 'record', name: 'Event', fields: [...uuidField, { name: 'replayId', type: 'long' }] };
  const dataFields = [
    { name: 'schema', type: 'string' },
    { name: 'payload', type: payload },
    { name: 'event', type: event },
  ];
  const data = { type: 'record', name: 'Data', namespace: '', fields: dataFields };
  const messageFields = [
    { name: 'data', type: data },
    { name: 'channel', type: 'string' },
  ];
  return { name, namespace: 'com.sforce.eventbus', type: 'expanded-record', fields: messageFields, uuid };
}

function eventFields(object: ObjectDefinition) {
  const own = object.fields.filter((field) => field.custom);
  return [
    { name: 'CreatedDate', type: 'long', doc: 'CreatedDate:DateTime' },
    { name: 'CreatedById', type: 'string', doc: 'CreatedBy:EntityId' },
    ...own.map((field) => nullable(field, field.name)),
  ];
}

const strings = { type: 'array', items: 'string' };
const changeHeader = {
  name: 'ChangeEventHeader',
  type: {
    type: 'record',
    name: 'ChangeEventHeader',
    fields: [
      { name: 'entityName', type: 'string' },
      { name: 'recordIds', type: strings },
      { name: 'changeType', type: 'string' },
      { name: 'changeOrigin', type: 'string' },
      { name: 'transactionKey', type: 'string' },
      { name: 'sequenceNumber', type: 'int' },
      { name: 'commitTimestamp', type: 'long' },
      { name: 'commitNumber', type: 'long' },
      { name: 'commitUser', type: 'string' },
      { name: 'changedFields', type: strings },
    ],
  },
};

/** Parts of a compound field are a record of their own. */
function changeFields(object: ObjectDefinition) {
  const carried = object.fields.filter(isCarried);
  const compounds = Map.groupBy(
    carried.filter((field) => field.compoundFieldName !== null),
    (field) => field.compoundFieldName ?? '',
  );
  const nested = [...compounds].map(([name, parts]) => {
    const fields = parts.map((part) => nullable(part, partName(part)));
    return { name, type: ['null', { type: 'record', name: `${name}Parts`, fields }], default: null };
  });
  const plain = carried.filter((field) => field.compoundFieldName === null);
  return [...plain.map((field) => nullable(field, field.name)), ...nested];
}

const avroTypes: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  int: 'int',
  double: 'double',
  currency: 'double',
  percent: 'double',
  date: 'long',
  datetime: 'long',
};

function nullable(field: FieldDefinition, name: string) {
  const type = ['null', avroTypes[field.type] ?? 'string'];
  return { name, type, doc: `${field.type}:${field.label}`, default: null };
}
