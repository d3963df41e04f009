import type { Clock } from '../clock.ts';
import type { CompiledFlow } from '../metadata/flows.ts';
import type { CompiledRule } from '../metadata/validation-rules.ts';
import { RollingCount } from '../rolling-count.ts';
import type { ObjectDefinition, Row } from './definitions.ts';
import type { DuplicateRule } from './duplicate-rule.ts';
import { createIdSource, toId18 } from './ids.ts';
import type { ObjectRule, RowLookup } from './object-rules.ts';
import type { Schema } from './schema.ts';
import { Table } from './table.ts';
import type { WriteContext } from './write-context.ts';

const hour = 3_600_000;

/** One committed change of one row, with the row before and after it. A deleted row stays readable as `after`. */
export interface Change {
  readonly object: ObjectDefinition;
  readonly kind: 'created' | 'updated' | 'deleted' | 'undeleted';
  readonly before: Row | undefined;
  readonly after: Row;
}

/** The org's rows as JSON: to look at, to save in a file, to come back to. */
export interface OrgSnapshot {
  /** By object, deleted rows included. */
  readonly rows: Readonly<Record<string, readonly Row[]>>;
  /** The last auto number given out, by object and field. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Rows that went to the recycle bin with another one. */
  readonly takenAlong: readonly (readonly [string, readonly { readonly object: string; readonly id: string }[]])[];
}

export interface DatabaseOptions {
  readonly schema: Schema;
  readonly clock: Clock;
  readonly rules: Readonly<Record<string, ObjectRule>>;
  /** Platform events that may be published in a rolling hour. @default no limit */
  readonly hourlyPublishedEvents?: number;
}

export type CommitListener = (changes: readonly Change[], context: WriteContext) => void;

/** The org's rows. Every write goes through a transaction; listeners hear of it once it is committed. */
export class Database {
  readonly schema: Schema;
  readonly clock: Clock;
  readonly rules: Readonly<Record<string, ObjectRule>>;
  /** Validation rules, in order. */
  validationRules: readonly CompiledRule[] = [];
  /** Record-triggered flows, in the order in which they run. */
  flows: readonly CompiledFlow[] = [];
  duplicateRules: readonly DuplicateRule[] = [];
  readonly newId = createIdSource();
  /** Platform events published in the last hour. */
  readonly publishedEvents: RollingCount;
  readonly #hourlyPublishedEvents: number;
  /** Epoch milliseconds in whole seconds: when objects and fields last changed. */
  schemaChangedAt: number;
  /** By deleted parent: the rows that went to the recycle bin with it, and come back with it. */
  readonly takenAlong = new Map<string, readonly { readonly object: ObjectDefinition; readonly id: string }[]>();
  readonly #tables = new Map<string, Table>();
  readonly #numbers = new Map<string, number>();
  readonly #listeners: CommitListener[] = [];

  constructor(options: DatabaseOptions) {
    this.schema = options.schema;
    this.clock = options.clock;
    this.schemaChangedAt = Math.floor(options.clock.now() / 1000) * 1000;
    this.rules = options.rules;
    this.publishedEvents = new RollingCount(options.clock, hour);
    this.#hourlyPublishedEvents = options.hourlyPublishedEvents ?? Number.POSITIVE_INFINITY;
    for (const object of options.schema.objects) this.#tables.set(object.name, new Table(object));
  }

  /** Counts one more platform event; false when the hour's allocation is used up. */
  mayPublish(): boolean {
    if (this.publishedEvents.total >= this.#hourlyPublishedEvents) return false;
    this.publishedEvents.add();
    return true;
  }

  /** 1, 2, 3, … per key. */
  nextNumber(key: string): number {
    const next = (this.#numbers.get(key) ?? 0) + 1;
    this.#numbers.set(key, next);
    return next;
  }

  /** Everything that makes the rows what they are, as plain data. */
  snapshot(): OrgSnapshot {
    const rows = this.schema.objects.map((object) => [object.name, [...this.table(object).all()]] as const);
    const takenAlong = [...this.takenAlong].map(
      ([id, taken]) => [id, taken.map(({ object, id: child }) => ({ object: object.name, id: child }))] as const,
    );
    return { rows: Object.fromEntries(rows), numbers: Object.fromEntries(this.#numbers), takenAlong };
  }

  /** Puts the rows of a snapshot in the place of all rows; nobody hears of it. New IDs go on behind the highest. */
  restore({ rows, numbers, takenAlong }: OrgSnapshot): void {
    for (const object of this.schema.objects) {
      const list = rows[object.name] ?? [];
      this.table(object).load(list);
      for (const row of list) this.newId.reserve(row.Id);
    }
    for (const [key, number] of Object.entries(numbers)) this.#numbers.set(key, number);
    this.takenAlong.clear();
    for (const [id, taken] of takenAlong) {
      const found = taken.flatMap(({ object: name, id: child }) => {
        const object = this.schema.find(name);
        return object === undefined ? [] : [{ object, id: child }];
      });
      this.takenAlong.set(id, found);
    }
  }

  /** Puts an object into the schema, in place of one of the same name; its rows stay. */
  defineObject(object: ObjectDefinition, convert: (row: Row) => Row = (row) => row): void {
    this.schema.put(object);
    const table = this.#tables.get(object.name);
    if (table === undefined) this.#tables.set(object.name, new Table(object));
    else table.redefine(object, convert);
    this.schemaChangedAt = Math.floor(this.clock.now() / 1000) * 1000;
  }

  table(object: ObjectDefinition): Table {
    const table = this.#tables.get(object.name);
    if (table === undefined) throw new Error(`No table for ${object.name}`);
    return table;
  }

  /** A row by its 15- or 18-character ID, deleted ones included. */
  row(object: ObjectDefinition, id: string): Row | undefined {
    const id18 = toId18(id);
    return id18 === undefined ? undefined : this.table(object).get(id18);
  }

  readonly lookup: RowLookup = {
    get: (name, id) => {
      const object = this.schema.find(name);
      return object === undefined ? undefined : this.row(object, id);
    },
    idsWith: (name, fieldName, value) => {
      const object = this.schema.find(name);
      const field = object?.fieldByName.get(fieldName.toLowerCase());
      return object === undefined || field === undefined ? [] : this.table(object).idsWith(field, value);
    },
  };

  /** Tells the listeners what a transaction committed. */
  announce(changes: readonly Change[], context: WriteContext): void {
    if (changes.length > 0) for (const listener of this.#listeners) listener(changes, context);
  }

  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener);
  }
}
