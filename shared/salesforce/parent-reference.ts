import { coerceValue } from './coerce-value.ts';
import type { FieldDescribe, ObjectDescribe } from './describe.ts';
import { isJsonObject } from './exact-json.ts';
import { createFieldIndex } from './field-index.ts';

/** How a row names the parent of one of its references. */
export type ParentReference =
  | { readonly kind: 'none' }
  | { readonly kind: 'id'; readonly id: string; readonly relationship: string }
  /** By external ID: the form `{ Account: { ErpKey__c: 'A-1' } }`. */
  | { readonly kind: 'externalId'; readonly relationship: string; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: 'problem'; readonly problem: string; readonly status: string };

/**
 * Reads a nested parent: by one external ID field, or by Id. Where a reference may lead to several objects, `attributes.type`
 * (or `_ObjectType`, as in records of a source) says which:
 * https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_upsert.htm
 */
export function readParent(
  field: FieldDescribe,
  value: unknown,
  parents: (object: string) => ObjectDescribe | undefined,
): ParentReference {
  const relationship = field.relationshipName ?? field.name;
  if (value === null) return { kind: 'none' };
  if (!isJsonObject(value)) return problem('must name its parent by an external ID');
  const named = Object.entries(value).filter(
    ([name, inner]) => name !== 'attributes' && !name.startsWith('_') && inner !== undefined,
  );
  const [entry, ...others] = named;
  if (entry === undefined || others.length > 0) return problem('must name its parent by one external ID');
  const [name, key] = entry;
  if (key === null || key === '') return { kind: 'none' };
  if (typeof key !== 'string' && typeof key !== 'number') return problem('must name its parent by a text or a number');
  if (name.toLowerCase() === 'id') return { kind: 'id', id: String(key), relationship };
  const type = typeOf(value) ?? (field.referenceTo.length === 1 ? field.referenceTo[0] : undefined);
  const object = field.referenceTo.find((each) => each.toLowerCase() === type?.toLowerCase());
  if (type === undefined) return problem(`must say which of ${field.referenceTo.join(', ')} its parent is`);
  if (object === undefined) return problem(`cannot refer to ${type}`);
  const describe = parents(object);
  const keyField = describe === undefined ? undefined : createFieldIndex(describe).field(name);
  if (describe !== undefined && (keyField === undefined || !(keyField.externalId || keyField.idLookup))) {
    return {
      kind: 'problem',
      problem: `names its parent by ${name}, which is no external ID of ${object}`,
      status: 'INVALID_FIELD',
    };
  }
  const coerced = keyField === undefined ? { value: key } : coerceValue(key, keyField);
  if ('problem' in coerced) return { kind: 'problem', problem: `${name} ${coerced.problem}`, status: coerced.status };
  return {
    kind: 'externalId',
    relationship,
    value: {
      ...(field.referenceTo.length > 1 ? { attributes: { type: object } } : {}),
      [keyField?.name ?? name]: coerced.value,
    },
  };
}

function typeOf(value: Readonly<Record<string, unknown>>): string | undefined {
  const attributes = value['attributes'];
  const type = isJsonObject(attributes) ? attributes['type'] : value['_ObjectType'];
  return typeof type === 'string' ? type : undefined;
}

function problem(text: string): ParentReference {
  return { kind: 'problem', problem: text, status: 'INVALID_FIELD' };
}
