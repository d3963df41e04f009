import type { ObjectDescribe } from '../../shared/salesforce/describe.ts';
import { createFieldIndex, type FindField } from '../../shared/salesforce/field-index.ts';
import {
  createRowNormaliser,
  type NormaliseSettings,
  type RowNormaliser,
} from '../../shared/salesforce/normalise-row.ts';
import { rowKeyReader } from './row-identity.ts';

/** What is known of one object a sink writes; made once for each describe. */
export interface TargetObject {
  readonly describe: ObjectDescribe;
  readonly find: FindField;
  readonly normalise: RowNormaliser['normalise'];
  /** Fields by whose values other rows may name one of its rows. */
  readonly identities: readonly ValueReader[];
  /** Reads which row the value of a key field names. */
  keyReader(keyField: string): ValueReader;
}

export interface ValueReader {
  /** As the object has it. */
  readonly field: string;
  /** Undefined when the value is no key. */
  readonly read: (value: unknown) => string | undefined;
}

export function createTargetObject(describe: ObjectDescribe, settings: NormaliseSettings): TargetObject {
  const find = createFieldIndex(describe).find;
  const { normalise } = createRowNormaliser(describe, settings);
  const keyReaders = new Map<string, ValueReader>();
  return {
    describe,
    find,
    normalise,
    identities: describe.fields
      .filter(({ externalId, idLookup }) => externalId || idLookup)
      // Case never tells names apart here: at worst a row waits in vain.
      .map(({ name }) => ({ field: name, read: rowKeyReader(describe.name, name, false) })),
    keyReader(keyField) {
      const known = keyReaders.get(keyField);
      if (known !== undefined) return known;
      const { name = keyField, caseSensitive = false } = find(keyField) ?? {};
      const reader = { field: name, read: rowKeyReader(describe.name, name, caseSensitive) };
      keyReaders.set(keyField, reader);
      return reader;
    },
  };
}
