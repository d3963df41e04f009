import type { OrgServices } from '../../services.ts';
import { type FieldDefinition, findField, type ObjectDefinition, type Row } from '../../store/definitions.ts';
import { ApiError, notFound, type RowError } from '../../store/errors.ts';
import { enqueued } from '../../store/event-row.ts';
import { toId18 } from '../../store/ids.ts';
import { idsByKey } from '../../store/references.ts';
import type { RowOutcome } from '../../store/write-context.ts';
import { basePath, bodyObject, objectOf, type Parameters, type RestHandler, write } from './call.ts';
import { conditionalAnswer, validators } from './conditional.ts';
import { fieldsNamed } from './describe.ts';
import { recordJson } from './record-json.ts';
import { readRelationship } from './relationships.ts';
import type { RestAnswer, RestCall } from './rest-call.ts';

export const createRecord: RestHandler = (call, parameters, services) => {
  const object = objectOf(parameters, services);
  const record = bodyObject(call);
  if (Object.keys(record).some((name) => name.toLowerCase() === 'id')) {
    throw new ApiError(400, 'INVALID_FIELD', 'The Id field should not be specified in the sobject data.', ['Id']);
  }
  const outcome = write(call, services, (transaction) => transaction.insert(object, record));
  const id = idOrThrow(outcome);
  const uuid = outcome.ok ? outcome.enqueued : undefined;
  return created(call, object, id, uuid === undefined ? {} : { errors: [enqueued(uuid)] });
};

export const readRecordById: RestHandler = (call, parameters, services) => {
  const object = objectOf(parameters, services);
  const row = services.database.row(object, parameters['id'] ?? '');
  if (row === undefined || row['IsDeleted'] === true) throw notFound();
  return found(call, object, row);
};

export const updateRecord: RestHandler = (call, parameters, services) => {
  const object = objectOf(parameters, services);
  const row = existing(object, parameters, services);
  conditionalAnswer(call, row);
  idOrThrow(write(call, services, (transaction) => transaction.update(object, row.Id, bodyObject(call))));
  return { status: 204 };
};

export const deleteRecord: RestHandler = (call, parameters, services) => {
  const object = objectOf(parameters, services);
  const row = existing(object, parameters, services);
  conditionalAnswer(call, row);
  idOrThrow(write(call, services, (transaction) => transaction.remove(object, row.Id)));
  return { status: 204 };
};

export const readByKey: RestHandler = (call, parameters, services) => {
  const first = parameters['field'] ?? '';
  const start = objectOf(parameters, services);
  if (findField(start, first) === undefined && toId18(first)?.startsWith(start.keyPrefix) === true) {
    return readRelationship(call, services, start, first, parameters['value'] ?? '');
  }
  const { object, key, value } = keyOf(parameters, services);
  const ids = idsByKey(services.database.table(object), key, value);
  if (ids.length > 1) return severalMatches(call, object, ids);
  const row = ids[0] === undefined ? undefined : services.database.row(object, ids[0]);
  if (row === undefined) throw notFound();
  return found(call, object, row);
};

export const deleteByKey: RestHandler = (call, parameters, services) => {
  const { object, key, value } = keyOf(parameters, services);
  const ids = idsByKey(services.database.table(object), key, value);
  if (ids.length > 1) return severalMatches(call, object, ids);
  const id = ids[0];
  if (id === undefined) throw notFound();
  idOrThrow(write(call, services, (transaction) => transaction.remove(object, id)));
  return { status: 204 };
};

/** Create or update by external ID: 201, 200 or 300 (REST guide, `dome_upsert.htm`). */
export const upsertByKey: RestHandler = (call, parameters, services) => {
  const { object, key, value } = keyOf(parameters, services);
  const record = bodyObject(call);
  if (Object.keys(record).some((name) => name.toLowerCase() === key.name.toLowerCase())) {
    const message = `The ${key.name} field should not be specified in the sobject data.`;
    throw new ApiError(400, 'INVALID_FIELD', message, [key.name]);
  }
  const ids = idsByKey(services.database.table(object), key, value);
  if (ids.length > 1) return severalMatches(call, object, ids);
  if (ids.length === 0 && (call.query.get('updateOnly') === 'true' || key.type === 'id')) throw notFound();
  const outcome = write(call, services, (transaction) => transaction.upsert(object, key, value, record));
  const id = idOrThrow(outcome);
  if (outcome.ok && outcome.created) return created(call, object, id, call.version >= 46 ? { created: true } : {});
  return call.version >= 46
    ? { status: 200, body: { id, success: true, errors: [], created: false } }
    : { status: 204 };
};

/** A record, unless the client knows it already. */
function found(call: RestCall, object: ObjectDefinition, row: Row): RestAnswer {
  const body = recordJson(object, row, wantedFields(call, object), basePath(call));
  return conditionalAnswer(call, row) ?? { status: 200, body, headers: validators(row) };
}

function created(
  call: RestCall,
  object: ObjectDefinition,
  id: string,
  extra: Readonly<Record<string, unknown>>,
): RestAnswer {
  const headers = { Location: `${basePath(call)}/sobjects/${object.name}/${id}` };
  return { status: 201, headers, body: { id, success: true, errors: [], ...extra } };
}

function severalMatches(call: RestCall, object: ObjectDefinition, ids: readonly string[]): RestAnswer {
  return { status: 300, body: ids.map((id) => `${basePath(call)}/sobjects/${object.name}/${id}`) };
}

function wantedFields(call: RestCall, object: ObjectDefinition): readonly FieldDefinition[] {
  const names = call.query.get('fields');
  if (names === null || names === '') return object.fields;
  const fields = fieldsNamed(object, names.split(','));
  if (fields !== undefined) return fields;
  const wrong = names.split(',').find((name) => findField(object, name.trim()) === undefined);
  throw new ApiError(400, 'INVALID_FIELD', `No such column '${wrong?.trim()}' on sobject of type ${object.name}`);
}

function existing(object: ObjectDefinition, parameters: Parameters, services: OrgServices): Row {
  const given = parameters['id'] ?? '';
  const id = toId18(given);
  if (id === undefined) throw notFound(`Provided external ID field does not exist or is not accessible: ${given}`);
  if (!id.startsWith(object.keyPrefix)) throw new ApiError(400, 'MALFORMED_ID', `malformed id ${given}`, ['Id']);
  const row = services.database.table(object).get(id);
  if (row === undefined) throw notFound();
  if (row['IsDeleted'] === true) throw new ApiError(404, 'ENTITY_IS_DELETED', 'entity is deleted', []);
  return row;
}

function keyOf(parameters: Parameters, services: OrgServices) {
  const object = objectOf(parameters, services);
  const name = parameters['field'] ?? '';
  const key = findField(object, name);
  if (key === undefined || !key.idLookup) {
    throw notFound(`Provided external ID field does not exist or is not accessible: ${name}`);
  }
  return { object, key, value: parameters['value'] ?? '' };
}

const statusOfCode: Readonly<Record<string, number>> = {
  NOT_FOUND: 404,
  ENTITY_IS_DELETED: 404,
  INSUFFICIENT_ACCESS_OR_READONLY: 403,
};

function idOrThrow(outcome: RowOutcome): string {
  if (outcome.ok) return outcome.id;
  throw rowRefused(outcome.errors);
}

/** A refused row as the error of a single-record call, where the code is called `errorCode`. */
function rowRefused(errors: readonly RowError[]): ApiError {
  const [first] = errors;
  const code = first?.statusCode ?? 'UNKNOWN_EXCEPTION';
  const { message = '', fields = [], duplicateResut } = first ?? {};
  return new ApiError(statusOfCode[code] ?? 400, code, message, fields, duplicateResut);
}
