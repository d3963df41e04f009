import type { OrgServices } from '../../services.ts';
import type { ObjectDefinition } from '../../store/definitions.ts';
import { notFound } from '../../store/errors.ts';
import { findChildren } from '../../store/soql/child-relationships.ts';
import { basePath } from './call.ts';
import { fieldsNamed } from './describe.ts';
import { recordJson } from './record-json.ts';
import type { RestAnswer, RestCall } from './rest-call.ts';

/** `sobjects/X/<id>/<relationship>`: the parent, or the list of children (REST guide, `resources_sobject_relationships.htm`). */
export function readRelationship(
  call: RestCall,
  services: OrgServices,
  object: ObjectDefinition,
  id: string,
  name: string,
): RestAnswer {
  const { database } = services;
  const row = database.row(object, id);
  if (row === undefined || row['IsDeleted'] === true) throw notFound();
  const json = (target: ObjectDefinition, found: typeof row) => {
    const names = call.query.get('fields');
    const fields = names === null ? undefined : fieldsNamed(target, names.split(','));
    return recordJson(target, found, fields ?? target.fields, basePath(call));
  };
  const reference = object.relationshipByName.get(name.toLowerCase());
  if (reference !== undefined) {
    const parentId = row[reference.name];
    const parent = typeof parentId === 'string' ? database.schema.findByPrefix(parentId) : undefined;
    const found = parent === undefined ? undefined : database.row(parent, String(parentId));
    if (parent === undefined || found === undefined || found['IsDeleted'] === true) throw notFound();
    return { status: 200, body: json(parent, found) };
  }
  const children = findChildren(database.schema, object, name);
  if (children === undefined) throw notFound();
  const { child, field } = children;
  const records = [...database.table(child).all()]
    .filter((candidate) => candidate[field.name] === row.Id && candidate['IsDeleted'] !== true)
    .map((candidate) => json(child, candidate));
  return { status: 200, body: { totalSize: records.length, done: true, records } };
}
