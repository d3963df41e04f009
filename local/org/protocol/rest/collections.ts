import type { OrgServices } from '../../services.ts';
import { type FieldDefinition, findField, type ObjectDefinition } from '../../store/definitions.ts';
import { ApiError, notFound, type RowError, rowError } from '../../store/errors.ts';
import { enqueued } from '../../store/event-row.ts';
import { toId18 } from '../../store/ids.ts';
import { indexKey } from '../../store/table.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { RecordInput, RowOutcome } from '../../store/write-context.ts';
import { bodyObject, objectOf, type RestHandler, write } from './call.ts';
import type { RestAnswer, RestCall } from './rest-call.ts';

const maxRows = 200;
const maxChunks = 10;
const maxRepeatedUpdates = 12;

interface Batch {
  readonly allOrNone: boolean;
  readonly records: readonly RecordInput[];
}

export const createMany: RestHandler = (call, _parameters, services) => {
  const { allOrNone, records } = readBatch(call);
  const objects = typesOf(records, services);
  return writeRows(call, services, allOrNone, records.length, (transaction, index) =>
    transaction.insert(at(objects, index), at(records, index)),
  );
};

export const updateMany: RestHandler = (call, _parameters, services) => {
  const { allOrNone, records } = readBatch(call);
  const objects = typesOf(records, services);
  const seen = new Map<string, number>();
  return writeRows(call, services, allOrNone, records.length, (transaction, index) => {
    const record = at(records, index);
    const id = idIn(record);
    if (id === undefined) return refusedRow(rowError('MISSING_ARGUMENT', 'Id not specified in an update call'));
    const id18 = toId18(id) ?? id;
    const times = (seen.get(id18) ?? 0) + 1;
    seen.set(id18, times);
    if (times > maxRepeatedUpdates) {
      const message = `Maximum number of duplicate updates in one batch (${maxRepeatedUpdates} allowed). Attempt to update Id more than once in this Api call: ${id}`;
      return { ...refusedRow(rowError('DUPLICATE_VALUE', message)), id: id18 };
    }
    return transaction.update(at(objects, index), id, record);
  });
};

/** Upsert by external ID. A key that occurs twice refuses every row that has it. */
export const upsertMany: RestHandler = (call, parameters, services) => {
  const object = objectOf(parameters, services);
  const name = parameters['field'] ?? '';
  const key = findField(object, name);
  if (key === undefined || !key.idLookup) {
    throw notFound(`Provided external ID field does not exist or is not accessible: ${name}`);
  }
  const { allOrNone, records } = readBatch(call);
  for (const record of records) {
    const type = typeName(record);
    if (type !== undefined && type.toLowerCase() !== object.name.toLowerCase()) {
      throw new ApiError(
        400,
        'INVALID_TYPE',
        `sObject type '${type}' does not match the type in the URI: ${object.name}`,
      );
    }
  }
  const keys = records.map((record) => keyIn(record, key));
  const repeated = repeatedKeys(keys, key);
  return writeRows(
    call,
    services,
    allOrNone,
    records.length,
    (transaction, index) => {
      const value = keys[index];
      const folded = foldedKey(value, key);
      if (folded !== undefined && repeated.has(folded)) {
        const exists = services.database.table(object).idsWith(key, String(value)).length > 0;
        return {
          ...refusedRow(rowError('DUPLICATE_VALUE', `Duplicate external id specified: ${String(value)}`)),
          created: !exists,
        };
      }
      return transaction.upsert(object, key, value, at(records, index));
    },
    true,
  );
};

export const deleteMany: RestHandler = (call, _parameters, services) => {
  const ids = (call.query.get('ids') ?? '').split(',').filter((id) => id !== '');
  if (ids.length > maxRows) throw tooManyRows();
  const allOrNone = call.query.get('allOrNone') === 'true';
  const { schema } = services.database;
  return writeRows(call, services, allOrNone, ids.length, (transaction, index) => {
    const id = at(ids, index).trim();
    const object = schema.findByPrefix(id);
    if (toId18(id) === undefined || object === undefined) {
      return refusedRow(rowError('MALFORMED_ID', `malformed id ${id}`));
    }
    return transaction.remove(object, id);
  });
};

function readBatch(call: RestCall): Batch {
  const body = bodyObject(call);
  const records: unknown = body['records'];
  if (!Array.isArray(records)) {
    throw new ApiError(400, 'INVALID_INPUT', 'The request body must have an array of records');
  }
  if (records.length > maxRows) throw tooManyRows();
  for (const record of records) {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      throw new ApiError(400, 'JSON_PARSER_ERROR', 'Each of the records must be a JSON object');
    }
  }
  return { allOrNone: body['allOrNone'] === true, records: records as RecordInput[] };
}

function tooManyRows(): ApiError {
  return new ApiError(
    400,
    'EXCEEDED_ID_LIMIT',
    `record limit reached. cannot submit more than ${maxRows} records into this call`,
  );
}

function typeName(record: RecordInput): string | undefined {
  const attributes = record['attributes'] as { readonly type?: unknown } | undefined;
  return typeof attributes?.type === 'string' ? attributes.type : undefined;
}

/** The object of each record. Runs of one type are processed together, and only so many runs are taken. */
function typesOf(records: readonly RecordInput[], services: OrgServices): readonly ObjectDefinition[] {
  const objects = records.map((record) => {
    const name = typeName(record);
    const object = name === undefined ? undefined : services.database.schema.find(name);
    if (name === undefined)
      throw new ApiError(400, 'INVALID_TYPE', 'The record type must be specified in attributes.type');
    if (object === undefined) throw new ApiError(400, 'INVALID_TYPE', `sObject type '${name}' is not supported.`);
    return object;
  });
  const chunks = objects.filter((object, index) => object !== objects[index - 1]).length;
  if (chunks > maxChunks) {
    const message = `Cannot have more than ${maxChunks} chunks in a single operation. Please rearrange the data to reduce chunking.`;
    throw new ApiError(400, 'LIMIT_EXCEEDED', message);
  }
  return objects;
}

function idIn(record: RecordInput): string | undefined {
  for (const [name, value] of Object.entries(record)) {
    if (name.toLowerCase() === 'id' && typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

function keyIn(record: RecordInput, key: FieldDefinition): unknown {
  if (key.name in record) return record[key.name];
  const entry = Object.entries(record).find(([name]) => name.toLowerCase() === key.name.toLowerCase());
  return entry?.[1];
}

function foldedKey(value: unknown, key: FieldDefinition): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  if (value === '') return undefined;
  return key.type === 'id' ? toId18(String(value)) : indexKey(key, String(value));
}

function repeatedKeys(values: readonly unknown[], key: FieldDefinition): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const value of values) {
    const folded = foldedKey(value, key);
    if (folded === undefined) continue;
    if (seen.has(folded)) repeated.add(folded);
    seen.add(folded);
  }
  return repeated;
}

const rolledBack = rowError(
  'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  'Record rolled back because not all records were valid and the request was using AllOrNone header',
);

function writeRows(
  call: RestCall,
  services: OrgServices,
  allOrNone: boolean,
  count: number,
  writeRow: (transaction: Transaction, index: number) => RowOutcome,
  withCreated = false,
): RestAnswer {
  let outcomes: RowOutcome[] = [];
  const run = (transaction: Transaction): void => {
    outcomes = Array.from({ length: count }, (_unused, index) => writeRow(transaction, index));
    if (!allOrNone || outcomes.every((outcome) => outcome.ok)) return;
    outcomes = outcomes.map((outcome) =>
      outcome.ok ? { ok: false, errors: [rolledBack], created: outcome.created } : outcome,
    );
    // Inside an all-or-none composite its owner takes everything back.
    if (call.transaction === undefined) transaction.rollback();
  };
  write(call, services, run, services.settings.unknownFieldInCollections);
  return { status: 200, body: outcomes.map((outcome) => resultJson(outcome, withCreated)) };
}

/** One entry of the result: here the code of an error is called `statusCode`, unlike everywhere else. */
function resultJson(outcome: RowOutcome, withCreated: boolean) {
  if (outcome.ok) {
    const errors = outcome.enqueued === undefined ? [] : [enqueued(outcome.enqueued)];
    const result = { id: outcome.id, success: true, errors };
    return withCreated ? { ...result, created: outcome.created } : result;
  }
  const { id, errors } = outcome;
  const result = { ...(id === undefined ? {} : { id }), success: false, errors };
  // Failed rows of an upsert carry `created` too, so it says nothing about success.
  return withCreated ? { ...result, created: outcome.created ?? false } : result;
}

function refusedRow(error: RowError): { readonly ok: false; readonly errors: readonly RowError[] } {
  return { ok: false, errors: [error] };
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`No item ${index}`);
  return item;
}
