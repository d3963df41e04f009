import type { FieldDescribe, ObjectDescribe } from './describe.ts';

/** What a describe says besides, when it comes from an org. */
interface TypedField extends FieldDescribe {
  readonly restrictedPicklist?: boolean;
  readonly picklistValues?: readonly { readonly value: string; readonly active: boolean }[];
}

const numbers = new Set(['int', 'long', 'double', 'currency', 'percent']);
/** Values of several fields at once; their parts stand beside them. */
const compounds = new Set(['address', 'location', 'complexvalue', 'json', 'anyType']);
/** Beyond this many values a union of them says less than `string`. */
const mostPicklistValues = 50;

/**
 * TypeScript of the rows that may be written: one type per object, with the fields that can be set and the parents that can
 * be named by an external ID.
 *
 * @param parents describes of the objects that fields refer to, as far as they could be read.
 */
export function writeRowTypes(
  objects: readonly ObjectDescribe[],
  parents: ReadonlyMap<string, ObjectDescribe>,
): string {
  const names = objects.map(({ name }) => name).join(', ');
  const types = objects.map(
    (object) => `/** Fields of ${object.name} that can be set. */
export type ${typeName(object.name)} = {
${object.fields
  .filter(canBeSet)
  .sort((a, b) => a.name.localeCompare(b.name, 'en'))
  .flatMap((field) => writeField(field, parents))
  .join('\n')}
};
`,
  );
  return `// Written by \`bridge types\` from the describe of ${names}. Write it anew when the org's fields change.\n\n${types.join('\n')}`;
}

function typeName(object: string): string {
  return `${object}Row`;
}

function canBeSet({ createable, updateable, type, name }: FieldDescribe): boolean {
  return name === 'Id' || ((createable || updateable) && !compounds.has(type));
}

function writeField(field: TypedField, parents: ReadonlyMap<string, ObjectDescribe>): string[] {
  const nullable = field.nillable && field.type !== 'boolean' && field.name !== 'Id' ? ' | null' : '';
  const line = `  ${field.name}?: ${valueType(field)}${nullable};`;
  if (field.type !== 'reference' || field.relationshipName === null) return [line];
  const keys = field.referenceTo.flatMap((parent) => (parents.get(parent)?.fields ?? []).filter(namesRow));
  const byKey = [...new Set(keys.map((key) => `{ ${key.name}: ${valueType(key)} }`))].sort();
  return byKey.length === 0 ? [line] : [line, `  ${field.relationshipName}?: ${byKey.join(' | ')};`];
}

/** Whether a row can be named by this field in a relationship. */
function namesRow({ externalId, idLookup, type }: FieldDescribe): boolean {
  return (externalId || idLookup) && type !== 'id';
}

function valueType({ type, restrictedPicklist, picklistValues }: TypedField): string {
  if (numbers.has(type)) return 'number';
  if (type === 'boolean') return 'boolean';
  const values = (picklistValues ?? []).filter(({ active }) => active).map(({ value }) => quote(value));
  const closed = type === 'picklist' && restrictedPicklist === true;
  return closed && values.length > 0 && values.length <= mostPicklistValues ? values.join(' | ') : 'string';
}

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
