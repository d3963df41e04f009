/** The parts of Salesforce's describe result that the bridge decides by. */
export interface FieldDescribe {
  readonly name: string;
  readonly type: string;
  readonly length: number;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly nillable: boolean;
  readonly defaultedOnCreate: boolean;
  readonly externalId: boolean;
  readonly idLookup: boolean;
  readonly unique: boolean;
  readonly caseSensitive: boolean;
  readonly calculated: boolean;
  readonly encrypted: boolean;
  readonly compoundFieldName: string | null;
  readonly referenceTo: readonly string[];
  readonly relationshipName: string | null;
  /** Of whole numbers: how many digits. */
  readonly digits?: number;
  /** Of decimal numbers: digits in all, and behind the point. */
  readonly precision?: number;
  readonly scale?: number;
}

export interface ObjectDescribe {
  readonly name: string;
  readonly fields: readonly FieldDescribe[];
}
