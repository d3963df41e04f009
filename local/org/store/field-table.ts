import type {
  FieldDefinition,
  FieldType,
  FieldValue,
  FormulaField,
  ObjectDefinition,
  ObjectKind,
  PublishBehavior,
  RecordTypeDefinition,
  RollUp,
} from './definitions.ts';

interface FieldExtras {
  readonly values?: readonly string[];
  readonly default?: FieldValue;
  /** Compound field this one is a part of. */
  readonly part?: string;
  readonly relationship?: string;
  /** Name of the list of these rows on the parent. */
  readonly children?: string;
  readonly extra?: string;
  /** Makes the field an auto number. */
  readonly format?: string;
  readonly formula?: FormulaField;
  readonly rollUp?: RollUp;
}

/**
 * One field as a line of a table: name, label, kind, flags, extras.
 * Kind: `string 80`, `currency 18 2`, `int 8`, `reference Account`, or a bare type. Flags, separated by blanks: `required` (not nillable),
 * `defaulted`, `readonly`, `createonly`, `unique`, `externalId`, `idLookup`, `caseSensitive`, `name`, `restricted`, `cascade`, `unfilterable`.
 */
export type FieldLine = readonly [name: string, label: string, kind: string, flags?: string, extras?: FieldExtras];

export interface ObjectTable {
  readonly name: string;
  readonly label: string;
  readonly labelPlural: string;
  readonly keyPrefix: string;
  readonly fields: readonly FieldLine[];
  readonly changeEvents?: boolean;
  readonly personName?: boolean;
  readonly createable?: boolean;
  readonly deletable?: boolean;
  readonly undeletable?: boolean;
  readonly updateable?: boolean;
  readonly kind?: ObjectKind;
  readonly publishBehavior?: PublishBehavior;
  readonly recordTypes?: readonly RecordTypeDefinition[];
}

const numeric = new Set<FieldType>(['double', 'currency', 'percent']);

export function fieldFromLine([name, label, kind, flags = '', extras = {}]: FieldLine): FieldDefinition {
  const [typeName = 'string', ...sizes] = kind.split(' ');
  const type = typeName as FieldType;
  const has = (flag: string): boolean => flags.split(' ').includes(flag);
  const first = Number(sizes[0] ?? 0);
  const calculated = extras.formula !== undefined || extras.rollUp !== undefined;
  const compound = type === 'address' || type === 'location';
  const readonly = has('readonly') || compound || calculated || type === 'id';
  const isBoolean = type === 'boolean';
  const reference = type === 'reference';
  return {
    name,
    label,
    type,
    length: reference || type === 'id' ? 18 : numeric.has(type) || type === 'int' ? 0 : first,
    precision: numeric.has(type) ? first || 18 : 0,
    scale: numeric.has(type) ? Number(sizes[1] ?? 0) : 0,
    digits: type === 'int' ? first || 8 : 0,
    createable: !readonly,
    updateable: !readonly && !has('createonly'),
    nillable: !(has('required') || has('defaulted') || isBoolean || type === 'id'),
    defaultedOnCreate: has('defaulted') || isBoolean || type === 'id',
    unique: has('unique'),
    caseSensitive: has('caseSensitive'),
    externalId: has('externalId'),
    idLookup: has('idLookup') || has('externalId') || type === 'id',
    nameField: has('name'),
    custom: /__[cs]$/.test(name),
    calculated,
    htmlFormatted: extras.extra === 'richtextarea',
    referenceTo: reference ? (sizes[0] ?? '').split(',') : [],
    relationshipName: reference ? (extras.relationship ?? relationshipNameOf(name)) : null,
    childRelationshipName: extras.children ?? null,
    cascadeDelete: has('cascade'),
    compoundFieldName: extras.part ?? null,
    extraTypeInfo: extras.extra ?? null,
    picklistValues: extras.values ?? [],
    restrictedPicklist: has('restricted'),
    defaultValue: extras.default ?? (isBoolean ? false : startsAtZero(extras.rollUp) ? 0 : null),
    autoNumberFormat: extras.format ?? null,
    formula: extras.formula ?? null,
    rollUp: extras.rollUp ?? null,
    filterable: !(has('unfilterable') || compound || (type === 'textarea' && first > 255)),
  };
}

function startsAtZero(rollUp: RollUp | undefined): boolean {
  return rollUp?.operation === 'count' || rollUp?.operation === 'sum';
}

function relationshipNameOf(fieldName: string): string {
  return fieldName.endsWith('__c') ? fieldName.replace(/__c$/, '__r') : fieldName.replace(/Id$/, '');
}

/** Joins the table with its custom fields into a definition with its look-up maps. */
export function objectFromTable(table: ObjectTable, customFields: readonly FieldDefinition[] = []): ObjectDefinition {
  return objectWithFields(
    {
      name: table.name,
      kind: table.kind ?? 'object',
      publishBehavior: table.publishBehavior,
      label: table.label,
      labelPlural: table.labelPlural,
      keyPrefix: table.keyPrefix,
      custom: /__[ce]$/.test(table.name),
      createable: table.createable ?? true,
      updateable: table.updateable ?? table.createable ?? true,
      deletable: table.deletable ?? true,
      undeletable: table.undeletable ?? table.deletable ?? true,
      changeEvents: table.changeEvents ?? false,
      personName: table.personName ?? false,
      recordTypes: table.recordTypes ?? [],
    },
    [...table.fields.map(fieldFromLine), ...customFields],
  );
}

/** An object with these fields, whatever fields it had. */
export function objectWithFields(
  object: Omit<ObjectDefinition, 'fields' | 'fieldByName' | 'formulaFields' | 'relationshipByName'>,
  fields: readonly FieldDefinition[],
): ObjectDefinition {
  const references = fields.filter((field) => field.relationshipName !== null);
  return {
    ...object,
    fields,
    formulaFields: fields.filter((field) => field.formula !== null),
    fieldByName: new Map(fields.map((field) => [field.name.toLowerCase(), field])),
    relationshipByName: new Map(references.map((field) => [(field.relationshipName ?? '').toLowerCase(), field])),
  };
}
