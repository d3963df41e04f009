/** Field types of the SOAP guide (`field_types.htm`) that the org knows. */
export type FieldType =
  | 'id'
  | 'string'
  | 'textarea'
  | 'boolean'
  | 'int'
  | 'double'
  | 'currency'
  | 'percent'
  | 'date'
  | 'datetime'
  | 'time'
  | 'email'
  | 'phone'
  | 'url'
  | 'picklist'
  | 'multipicklist'
  | 'combobox'
  | 'reference'
  | 'address'
  | 'location'
  | 'encryptedstring'
  | 'base64'
  | 'anyType';

/** A stored value. Datetimes are kept as `YYYY-MM-DDTHH:mm:ss.SSSZ`, dates as `YYYY-MM-DD`, so that text order is time order. */
export type FieldValue = string | number | boolean | null;

/** One row by canonical field names; a missing name is null. Rows are never changed in place: an update makes a new one. */
export type Row = Readonly<Record<string, FieldValue>> & { readonly Id: string };

/** What a formula field is computed from: its own row. */
export interface FormulaField {
  readonly text: string;
  compute(row: Readonly<Record<string, FieldValue>>, now: number): FieldValue;
}

/** A roll-up summary: over which rows of another object it goes, and what it makes of them. */
export interface RollUp {
  readonly child: string;
  /** The field of the child that points to this row. */
  readonly relation: string;
  readonly operation: 'count' | 'sum' | 'min' | 'max';
  /** Field of the child; a count has none. */
  readonly field: string | undefined;
}

export interface FieldDefinition {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  /** Characters; 0 where length means nothing. */
  readonly length: number;
  readonly precision: number;
  readonly scale: number;
  readonly digits: number;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly nillable: boolean;
  readonly defaultedOnCreate: boolean;
  readonly unique: boolean;
  readonly caseSensitive: boolean;
  readonly externalId: boolean;
  readonly idLookup: boolean;
  readonly nameField: boolean;
  readonly custom: boolean;
  readonly calculated: boolean;
  readonly htmlFormatted: boolean;
  readonly referenceTo: readonly string[];
  readonly relationshipName: string | null;
  /** Name of the list of these rows on the parent, where it is not the usual one. */
  readonly childRelationshipName: string | null;
  /** Deleting the parent deletes this row too. */
  readonly cascadeDelete: boolean;
  readonly compoundFieldName: string | null;
  readonly extraTypeInfo: string | null;
  readonly picklistValues: readonly string[];
  readonly restrictedPicklist: boolean;
  readonly defaultValue: FieldValue;
  readonly filterable: boolean;
  /** Format of an auto number, say `A-{0000}`. */
  readonly autoNumberFormat: string | null;
  readonly formula: FormulaField | null;
  readonly rollUp: RollUp | null;
}

/** A platform event (`X__e`) is created like a row, but it is published and never stored. */
export type ObjectKind = 'object' | 'platformEvent';

/** Platform Events guide, `platform_events_define_ui.htm`: an immediate event goes out even when its transaction is taken back. */
export type PublishBehavior = 'PublishImmediately' | 'PublishAfterCommit';

/** A custom channel: `/data/<name>` for change events, `/event/<name>` for platform events; the name ends in `__chn`. */
export interface ChannelDefinition {
  readonly name: string;
  readonly label: string;
  readonly kind: 'data' | 'event';
  readonly members: readonly ChannelMember[];
}

export interface ChannelMember {
  /** `AccountChangeEvent`, `Order__ChangeEvent` or `Order_Shipped__e`. */
  readonly entity: string;
  /** Fields that change events of this channel carry even when they did not change. */
  readonly enrichedFields: readonly string[];
  /** Only events of rows that match go to this channel: a condition as in a WHERE clause. */
  readonly filterExpression?: string | undefined;
}

/** A kind of records of one object, with picklist values and layouts of its own. */
export interface RecordTypeDefinition {
  readonly id: string;
  readonly object: string;
  readonly developerName: string;
  readonly name: string;
  readonly active: boolean;
  readonly isDefault: boolean;
}

export interface ObjectDefinition {
  readonly name: string;
  readonly kind: ObjectKind;
  /** Of a platform event. */
  readonly publishBehavior: PublishBehavior | undefined;
  readonly label: string;
  readonly labelPlural: string;
  readonly keyPrefix: string;
  readonly custom: boolean;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly deletable: boolean;
  readonly undeletable: boolean;
  /** Selected for Change Data Capture. */
  readonly changeEvents: boolean;
  /** Name is put together from the parts of a person's name. */
  readonly personName: boolean;
  readonly recordTypes: readonly RecordTypeDefinition[];
  /** In describe order. */
  readonly fields: readonly FieldDefinition[];
  readonly formulaFields: readonly FieldDefinition[];
  /** By lower-case name. */
  readonly fieldByName: ReadonlyMap<string, FieldDefinition>;
  /** Reference fields by lower-case relationship name. */
  readonly relationshipByName: ReadonlyMap<string, FieldDefinition>;
}

/** Shown as an object of its parts, which are fields of their own. */
export function isCompound({ type }: Pick<FieldDefinition, 'type'>): boolean {
  return type === 'address' || type === 'location';
}

export function findField(object: ObjectDefinition, name: string): FieldDefinition | undefined {
  return object.fieldByName.get(name.toLowerCase());
}
