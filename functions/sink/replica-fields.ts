import type { RowTarget } from '../../shared/bridge/bridge.ts';
import type { FieldDescribe } from '../../shared/salesforce/describe.ts';
import { isJsonObject } from '../../shared/salesforce/exact-json.ts';
import type { FindField } from '../../shared/salesforce/field-index.ts';
import type { RowFields } from '../../shared/transform/row-fields.ts';

/**
 * The fields of another org's row, as this org takes them: lookups point to the copies, which are found by the external ID
 * that holds their Id there; lookups to rows that are not copied and what nobody may write, such as `CreatedDate`, stay out.
 */
export function toReplicaFields(fields: RowFields, find: FindField, targets: readonly RowTarget[]): RowFields {
  const replica: Record<string, RowFields[string]> = {};
  for (const [name, value] of Object.entries(fields)) {
    const field = find(name);
    if (field?.type === 'reference' && !isJsonObject(value)) Object.assign(replica, toLookup(field, value, targets));
    else if (field === undefined || field.createable || field.updateable || isJsonObject(value)) replica[name] = value;
  }
  return replica;
}

function toLookup(field: FieldDescribe, value: RowFields[string], targets: readonly RowTarget[]): RowFields {
  if (!field.createable && !field.updateable) return {};
  const copied = targets.filter(
    ({ object, externalId }) =>
      externalId !== undefined && field.referenceTo.some((each) => each.toLowerCase() === object.toLowerCase()),
  );
  if (copied.length === 0) return {};
  if (value === null || value === '') return { [field.name]: null };
  const target = copied.length === 1 ? copied[0] : byPrefix(copied, String(value));
  if (target?.externalId === undefined || field.relationshipName === null) return {};
  const type = field.referenceTo.length > 1 ? { attributes: { type: target.object } } : {};
  return { [field.relationshipName]: { ...type, [target.externalId]: String(value) } as RowFields[string] };
}

// Key prefixes of objects that polymorphic lookups point to; those of custom objects differ from org to org.
// https://help.salesforce.com/s/articleView?id=000385203
const prefixes: Readonly<Record<string, string>> = {
  '001': 'account',
  '003': 'contact',
  '006': 'opportunity',
  '00Q': 'lead',
  '500': 'case',
  '701': 'campaign',
  '01t': 'product2',
};

function byPrefix(targets: readonly RowTarget[], id: string): RowTarget | undefined {
  return targets.find(({ object }) => prefixes[id.slice(0, 3)] === object.toLowerCase());
}
