import { applyRecord } from './apply-record.ts';
import { createdBy, modifiedBy } from './audit.ts';
import { fillAutoNumbers } from './auto-numbers.ts';
import type { Change, Database } from './database.ts';
import { type FieldDefinition, type FieldValue, findField, type ObjectDefinition, type Row } from './definitions.ts';
import { withDerivedValues } from './derived-values.ts';
import { type RowError, rowError } from './errors.ts';
import { eventRow, publishLimit } from './event-row.ts';
import { toId18 } from './ids.ts';
import { idsByKey, moreThanOne } from './references.ts';
import { rollUpChanges } from './roll-ups.ts';
import { mixedDml, uniqueError } from './row-checks.ts';
import { failed, withCreated } from './row-outcome.ts';
import type { RecordInput, RowOutcome, WriteContext } from './write-context.ts';

/**
 * Writes rows one by one; each row is applied whole or not at all, and everything can be taken back until `commit`.
 * Throws ApiError or ValueMismatch for what refuses the whole request; the caller then rolls back.
 */
export class Transaction {
  readonly #database: Database;
  readonly #context: WriteContext;
  #undo: (() => void)[] = [];
  #changes: Change[] = [];

  constructor(database: Database, context: WriteContext) {
    this.#database = database;
    this.#context = context;
  }

  commit(): readonly Change[] {
    this.#rollUp();
    const changes = this.#changes;
    this.#changes = [];
    this.#undo = [];
    this.#database.announce(changes, this.#context);
    return changes;
  }

  rollback(): void {
    for (const undo of this.#undo.reverse()) undo();
    this.#undo = [];
    this.#changes = [];
  }

  insert(object: ObjectDefinition, record: RecordInput): RowOutcome {
    if (!object.createable)
      return failed(
        rowError('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', `entity type cannot be inserted: ${object.label}`),
      );
    const locked = this.#blocked(object, undefined);
    if (locked !== undefined) return failed(locked);
    const user = this.#context.userId;
    const now = this.#database.clock.now();
    const after: Record<string, FieldValue> = { Id: '', IsDeleted: false };
    for (const field of object.fields) if (field.defaultValue !== null) after[field.name] = field.defaultValue;
    if (object.fieldByName.has('ownerid')) after['OwnerId'] = user;
    const errors = applyRecord(this.#database, this.#context, {
      object,
      record,
      before: undefined,
      after,
      mode: 'create',
    });
    if (errors.length > 0) return failed(...errors);
    const id = this.#database.newId(object.keyPrefix);
    after['Id'] = id;
    fillAutoNumbers(object, after, this.#database);
    if (object.kind === 'platformEvent') return this.#enqueue(object, { ...after, Id: id });
    const row: Row = { ...withDerivedValues(object, after, now), ...createdBy(user, now), Id: id };
    this.#put({ object, kind: 'created', before: undefined, after: row });
    return { ok: true, id, created: true };
  }

  update(object: ObjectDefinition, givenId: string, record: RecordInput): RowOutcome {
    const found = this.#target(object, givenId);
    if ('error' in found) return { ...failed(found.error), id: givenId };
    const target = found.row;
    const locked = this.#blocked(object, target.Id);
    if (locked !== undefined) return { ...failed(locked), id: target.Id };
    const after: Record<string, FieldValue> = { ...target };
    const errors = applyRecord(this.#database, this.#context, {
      object,
      record,
      before: target,
      after,
      mode: 'update',
    });
    if (errors.length > 0) return { ...failed(...errors), id: target.Id };
    const now = this.#database.clock.now();
    const audit = modifiedBy(this.#context.userId, now);
    const row: Row = { ...withDerivedValues(object, after, now), ...audit, Id: target.Id };
    this.#put({ object, kind: 'updated', before: target, after: row });
    return { ok: true, id: target.Id, created: false };
  }

  /** Creates or updates by a key field; `updateOnly` refuses to create. The key itself is never part of an update. */
  upsert(object: ObjectDefinition, key: FieldDefinition, value: unknown, record: RecordInput): RowOutcome {
    if (value === null || value === undefined || value === '') {
      if (key.type === 'id') return this.insert(object, record);
      return { ...failed(rowError('MISSING_ARGUMENT', `${key.name} not specified`)), created: false };
    }
    if (key.type === 'id') return withCreated(this.update(object, String(value), record), false);
    const ids = idsByKey(this.#database.table(object), key, value);
    if (ids.length > 1) return { ...failed(moreThanOne(key, ids)), created: false };
    const id = ids[0];
    const others = Object.fromEntries(
      Object.entries(record).filter(([name]) => name.toLowerCase() !== key.name.toLowerCase()),
    );
    if (id !== undefined) return withCreated(this.update(object, id, others), false);
    return withCreated(this.insert(object, { ...others, [key.name]: value }), true);
  }

  /** Moves a row, and the rows that cannot live without it, to the recycle bin. */
  remove(object: ObjectDefinition, givenId: string): RowOutcome {
    const found = this.#target(object, givenId);
    if ('error' in found) return { ...failed(found.error), id: givenId };
    const target = found.row;
    if (!object.deletable)
      return { ...failed(rowError('DELETE_FAILED', `entity type cannot be deleted: ${object.label}`)), id: target.Id };
    const locked = this.#blocked(object, target.Id);
    if (locked !== undefined) return { ...failed(locked), id: target.Id };
    const taken: { object: ObjectDefinition; id: string }[] = [];
    for (const { child, field } of this.#database.schema.referencesTo(object.name)) {
      if (!field.cascadeDelete) continue;
      for (const childId of this.#database.table(child).idsWith(field, target.Id)) {
        const outcome = this.remove(child, childId);
        if (outcome.ok) taken.push({ object: child, id: childId });
      }
    }
    this.#database.takenAlong.set(target.Id, taken);
    this.#flip(object, target, true);
    return { ok: true, id: target.Id, created: false };
  }

  /**
   * Takes a row out of the recycle bin, with what was deleted because of it. REST has no call for it; SOAP, Apex and the user
   * interface do.
   */
  restore(object: ObjectDefinition, givenId: string): RowOutcome {
    return object.undeletable
      ? this.#restore(object, givenId)
      : failed(rowError('UNDELETE_FAILED', `entity type cannot be undeleted: ${object.label}`));
  }

  #restore(object: ObjectDefinition, givenId: string): RowOutcome {
    const row = this.#database.row(object, givenId);
    if (row === undefined) return failed(rowError('INVALID_ID_FIELD', 'invalid record id'));
    if (row['IsDeleted'] !== true) {
      return { ...failed(rowError('UNDELETE_FAILED', 'Entity is not in the recycle bin')), id: row.Id };
    }
    const locked = this.#blocked(object, row.Id);
    if (locked !== undefined) return { ...failed(locked), id: row.Id };
    const clash = uniqueError(this.#database.table(object), row, row.Id, object.fields);
    if (clash !== undefined) return { ...failed(clash), id: row.Id };
    this.#flip(object, row, false);
    for (const child of this.#database.takenAlong.get(row.Id) ?? []) this.#restore(child.object, child.id);
    return { ok: true, id: row.Id, created: false };
  }

  #flip(object: ObjectDefinition, row: Row, deleted: boolean): void {
    const audit = modifiedBy(this.#context.userId, this.#database.clock.now());
    const after: Row = { ...row, ...audit, IsDeleted: deleted };
    this.#put({ object, kind: deleted ? 'deleted' : 'undeleted', before: row, after });
  }

  /** A platform event is never stored. What is published immediately goes out even when the transaction is taken back. */
  #enqueue(object: ObjectDefinition, event: Row): RowOutcome {
    if (!this.#database.mayPublish()) return failed(publishLimit());
    const { row, uuid } = eventRow(event, this.#context.userId, this.#database.clock.now());
    const change: Change = { object, kind: 'created', before: undefined, after: row };
    if (object.publishBehavior === 'PublishImmediately') this.#database.announce([change], this.#context);
    else this.#changes.push(change);
    return { ok: true, id: row.Id, created: true, enqueued: uuid };
  }

  /** An injected lock, or the rule that users and business data do not change in one transaction. */
  #blocked(object: ObjectDefinition, id: string | undefined): RowError | undefined {
    const locked = this.#context.intercept?.(object, id);
    const mixed = mixedDml(this.#changes[0]?.object, object);
    return locked ?? mixed;
  }

  /** Roll-up summaries follow the rows they are made of, up to the masters of masters. */
  #rollUp(): void {
    for (let done = 0; done < this.#changes.length; ) {
      const fresh = this.#changes.slice(done);
      done = this.#changes.length;
      for (const change of rollUpChanges(this.#database, fresh, this.#context.userId)) this.#put(change);
    }
  }

  #put(change: Change): void {
    this.#changes.push(change);
    // An event is published, not stored: what creates it only hears of it at commit.
    if (change.object.kind === 'platformEvent') return;
    const table = this.#database.table(change.object);
    const { before, after } = change;
    table.put(after);
    this.#undo.push(() => (before === undefined ? table.drop(after.Id) : table.put(before)));
  }

  #target(object: ObjectDefinition, givenId: string): { readonly row: Row } | { readonly error: RowError } {
    const id = toId18(givenId);
    if (id === undefined || !id.startsWith(object.keyPrefix)) {
      const label = findField(object, 'Id')?.label ?? 'Record ID';
      return { error: rowError('MALFORMED_ID', `${label}: id value of incorrect type: ${givenId}`, ['Id']) };
    }
    const row = this.#database.table(object).get(id);
    if (row === undefined) return { error: rowError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id') };
    return row['IsDeleted'] === true ? { error: rowError('ENTITY_IS_DELETED', 'entity is deleted') } : { row };
  }
}
