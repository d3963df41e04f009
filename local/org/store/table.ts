import type { FieldDefinition, FieldValue, ObjectDefinition, Row } from './definitions.ts';

/** Text keys compare without case unless the field says otherwise. */
export function indexKey(field: FieldDefinition, value: FieldValue | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  const text = String(value);
  return field.caseSensitive || field.type === 'reference' || field.type === 'id' ? text : text.toLowerCase();
}

/** The rows of one sObject with the indexes that keep upserts, unique checks and cascades away from scans. Deleted rows stay, unindexed. */
export class Table {
  #object: ObjectDefinition;
  readonly #rows = new Map<string, Row>();
  readonly #indexes = new Map<string, { readonly field: FieldDefinition; readonly ids: Map<string, Set<string>> }>();

  constructor(object: ObjectDefinition) {
    this.#object = object;
    this.#makeIndexes();
  }

  get object(): ObjectDefinition {
    return this.#object;
  }

  /** Takes a changed definition; `convert` makes each row fit it. */
  redefine(object: ObjectDefinition, convert: (row: Row) => Row = (row) => row): void {
    const rows = [...this.#rows.values()];
    this.#object = object;
    this.#indexes.clear();
    this.#makeIndexes();
    this.#rows.clear();
    for (const row of rows) this.put(convert(row));
  }

  /** Holds these rows and no others. */
  load(rows: readonly Row[]): void {
    this.#rows.clear();
    for (const { ids } of this.#indexes.values()) ids.clear();
    for (const row of rows) this.put(row);
  }

  #makeIndexes(): void {
    for (const field of this.#object.fields) {
      const indexed = field.unique || field.externalId || field.idLookup || field.cascadeDelete;
      if (indexed && field.type !== 'id') this.#indexes.set(field.name, { field, ids: new Map() });
    }
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  /** Every row ever written, deleted ones included, in order of creation. */
  all(): IterableIterator<Row> {
    return this.#rows.values();
  }

  isIndexed(fieldName: string): boolean {
    return this.#indexes.has(fieldName);
  }

  /** IDs of the live rows whose indexed field has this value. */
  idsWith(field: FieldDefinition, value: FieldValue): readonly string[] {
    const key = indexKey(field, value);
    const ids = key === undefined ? undefined : this.#indexes.get(field.name)?.ids.get(key);
    return ids === undefined ? [] : [...ids];
  }

  put(row: Row): void {
    this.#unindex(this.#rows.get(row.Id));
    this.#rows.set(row.Id, row);
    if (row['IsDeleted'] === true) return;
    for (const { field, ids } of this.#indexes.values()) {
      const key = indexKey(field, row[field.name]);
      if (key === undefined) continue;
      const set = ids.get(key);
      if (set === undefined) ids.set(key, new Set([row.Id]));
      else set.add(row.Id);
    }
  }

  /** Forgets a row altogether: the undo of a creation. */
  drop(id: string): void {
    this.#unindex(this.#rows.get(id));
    this.#rows.delete(id);
  }

  #unindex(row: Row | undefined): void {
    if (row === undefined || row['IsDeleted'] === true) return;
    for (const { field, ids } of this.#indexes.values()) {
      const key = indexKey(field, row[field.name]);
      const set = key === undefined ? undefined : ids.get(key);
      if (key === undefined || set === undefined) continue;
      set.delete(row.Id);
      if (set.size === 0) ids.delete(key);
    }
  }
}
