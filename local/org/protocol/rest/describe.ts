import { findField } from '../../store/definitions.ts';
import { basePath, objectOf, type RestHandler } from './call.ts';
import { unchangedSince } from './conditional.ts';
import { describeJson, objectJson } from './describe-json.ts';

export const globalDescribe: RestHandler = (call, _parameters, { database }) => {
  const base = basePath(call);
  const modified = database.schemaChangedAt;
  const headers = { 'Last-Modified': new Date(modified).toUTCString() };
  if (unchangedSince(call, modified)) return { status: 304, headers };
  const sobjects = database.schema.objects.map((object) => objectJson(object, base));
  return { status: 200, headers, body: { encoding: 'UTF-8', maxBatchSize: 200, sobjects } };
};

export const basicInfo: RestHandler = (call, parameters, services) => {
  const object = objectOf(parameters, services);
  return { status: 200, body: { objectDescribe: objectJson(object, basePath(call)), recentItems: [] } };
};

export const describeObject: RestHandler = (call, parameters, services) => {
  const object = objectOf(parameters, services);
  const modified = services.database.schemaChangedAt;
  const headers = { 'Last-Modified': new Date(modified).toUTCString() };
  if (unchangedSince(call, modified)) return { status: 304, headers };
  const children = services.database.schema.referencesTo(object.name);
  return { status: 200, headers, body: describeJson(object, children, basePath(call)) };
};

/** The resources of a version, each with its path. */
export const resources: RestHandler = (call, _parameters, services) => {
  const base = basePath(call);
  const names = ['composite', 'jobs', 'limits', 'query', 'queryAll', 'sobjects'];
  const identity = `${services.instanceUrl()}/id/${services.orgId}/${call.session.user.id}`;
  return { status: 200, body: { ...Object.fromEntries(names.map((name) => [name, `${base}/${name}`])), identity } };
};

/** Names in a `fields` parameter, resolved in any case; `undefined` when one does not exist. */
export function fieldsNamed(object: Parameters<typeof findField>[0], names: readonly string[]) {
  const fields = names.map((name) => findField(object, name.trim()));
  return fields.every((field) => field !== undefined) ? fields : undefined;
}
