import { findField } from '../../store/definitions.ts';
import { ApiError } from '../../store/errors.ts';
import { basePath, bodyObject, objectOf, type RestHandler } from './call.ts';
import { fieldsNamed } from './describe.ts';
import { recordJson } from './record-json.ts';

/** Retrieve by IDs: null where a row is missing. IDs and fields in the query or in the body. */
export const retrieveMany: RestHandler = (call, parameters, services) => {
  const object = objectOf(parameters, services);
  const body = call.method === 'POST' ? bodyObject(call) : undefined;
  const ids = listOf(body?.['ids'] ?? call.query.get('ids'));
  const names = listOf(body?.['fields'] ?? call.query.get('fields'));
  if (ids.length > 2000)
    throw new ApiError(
      400,
      'EXCEEDED_ID_LIMIT',
      'record limit reached. cannot submit more than 2000 records into this call',
    );
  const fields = fieldsNamed(object, names);
  if (fields === undefined) {
    const wrong = names.find((name) => findField(object, name.trim()) === undefined);
    throw new ApiError(400, 'INVALID_FIELD', `No such column '${wrong}' on sobject of type ${object.name}`);
  }
  const records = ids.map((id) => {
    const row = services.database.row(object, id);
    return row === undefined || row['IsDeleted'] === true ? null : recordJson(object, row, fields, basePath(call));
  });
  return { status: 200, body: records };
};

function listOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' && value !== '' ? value.split(',') : [];
}
