import { asBridgeError } from '../../shared/errors/bridge-error.ts';
import { fitsCsv } from '../../shared/salesforce/bulk-csv.ts';
import { type SplitFields, splitCreateOnly } from '../../shared/salesforce/create-only-fields.ts';
import type { ObjectDescribe } from '../../shared/salesforce/describe.ts';
import { createFieldIndex } from '../../shared/salesforce/field-index.ts';
import { type BringBackParts, bringBackRows } from './bring-back-rows.ts';
import type { BulkLane } from './bulk-lane.ts';
import { lookUpRows, type Query, withinBudget } from './look-up-rows.ts';
import type { WriteOutcome } from './row-outcome.ts';
import { ambiguousKey, noSuchRow } from './row-refusals.ts';
import type { RowWrite } from './row-write.ts';
import { type Attempt, type HasChanged, type SendParts, sendAttempts } from './send-calls.ts';
import type { TimeBudget } from './time-budget.ts';

export interface RowWriter {
  /**
   * Writes rows with distinct keys, each once; one outcome per write. Never throws for what Salesforce or the network did.
   *
   * @param alone writes that must not share a call with others.
   * @param hasChanged tells whether an object changed since the rows were prepared. @default none does
   */
  write(
    writes: readonly RowWrite[],
    budget: TimeBudget,
    alone?: ReadonlySet<RowWrite>,
    hasChanged?: HasChanged,
  ): Promise<ReadonlyMap<RowWrite, WriteOutcome>>;
}

interface RowWriterParts extends SendParts, BringBackParts {
  readonly query: Query;
  readonly describe: (object: string) => Promise<ObjectDescribe>;
  /** @default every row goes by collections calls */
  readonly bulk?: Pick<BulkLane, 'takes' | 'write'>;
}

type Outcomes = Map<RowWrite, WriteOutcome>;

export function createRowWriter(parts: RowWriterParts): RowWriter {
  const { describe, bulk, callTimeoutMs } = parts;

  /** Upserts: what may be updated first, all of a row where that turns out not to exist. */
  async function upsert(
    writes: readonly RowWrite[],
    outcomes: Outcomes,
    query: Query,
    send: (attempts: readonly Attempt[]) => Promise<ReadonlyMap<RowWrite, WriteOutcome>>,
    toAttempt: (write: RowWrite, fields: RowWrite['fields']) => Attempt,
  ): Promise<void> {
    /** Those with create-only fields. */
    const split = new Map<RowWrite, SplitFields>();
    for (const [object, ofObject] of Map.groupBy(writes, (write) => write.object)) {
      const find = createFieldIndex(await describe(object)).find;
      ofObject.forEach((write) => {
        const parts = splitCreateOnly(write.fields, find);
        if (parts !== undefined) split.set(write, parts);
      });
    }
    // A partial upsert could create these without their create-only fields.
    const doubtful = writes.filter((write) => split.get(write)?.createNeedsThem === false);
    const existing = await findExisting(doubtful, query);
    const missing = new Set(doubtful.filter((write) => !existing.has(write)));
    const first = writes.map((write) =>
      toAttempt(write, missing.has(write) ? write.fields : (split.get(write)?.updateable ?? write.fields)),
    );
    (await send(first)).forEach((outcome, write) => {
      outcomes.set(write, outcome);
    });
    const perhapsMissing = writes.filter(
      (write) => split.get(write)?.createNeedsThem === true && isRejected(outcomes.get(write)),
    );
    for (const [write, outcome] of await send(perhapsMissing.map((write) => toAttempt(write, write.fields)))) {
      // The row exists after all, so its first refusal is the one that tells why.
      if (outcome.kind === 'refused' && outcome.error.statusCode === 'INVALID_FIELD_FOR_INSERT_UPDATE') continue;
      outcomes.set(write, outcome);
    }
  }

  /** Groups that are large enough for a job of their own, unless create-only fields need two goes at a row. */
  async function writeInBulk(writes: readonly RowWrite[], budget: TimeBudget): Promise<Outcomes> {
    const outcomes: Outcomes = new Map();
    if (bulk === undefined) return outcomes;
    const fit = writes.filter(({ revives, fields }) => revives !== true && fitsCsv(fields));
    for (const group of Map.groupBy(
      fit,
      ({ operation, object, keyField }) => `${operation} ${object} ${keyField}`,
    ).values()) {
      const [first] = group;
      if (first === undefined || !bulk.takes(group)) continue;
      const find = createFieldIndex(await describe(first.object)).find;
      if (group.some(({ fields }) => splitCreateOnly(fields, find) !== undefined)) continue;
      for (const [write, outcome] of await bulk.write(group, budget)) outcomes.set(write, outcome);
    }
    return outcomes;
  }

  async function findExisting(writes: readonly RowWrite[], query: Query): Promise<ReadonlySet<RowWrite>> {
    const existing = new Set<RowWrite>();
    for (const group of byKeyField(writes)) {
      const found = await lookUpRows(query, group, [], await isCaseSensitive(group));
      for (const write of group) if (found.has(write.key ?? '')) existing.add(write);
    }
    return existing;
  }

  /** Updates and deletes by external ID: Salesforce takes them by Id only, so those are looked up first. */
  async function findIds(
    writes: readonly RowWrite[],
    outcomes: Outcomes,
    query: Query,
  ): Promise<ReadonlyMap<RowWrite, string>> {
    const ids = new Map<RowWrite, string>();
    for (const group of byKeyField(writes)) {
      const found = await lookUpRows(query, group, ['Id'], await isCaseSensitive(group));
      for (const write of group) {
        const [row, second] = found.get(write.key ?? '') ?? [];
        if (second !== undefined) outcomes.set(write, ambiguousKey(write));
        else if (row !== undefined) ids.set(write, String(row['Id']));
        else outcomes.set(write, write.operation === 'delete' ? alreadyGone : noSuchRow(write));
      }
    }
    return ids;
  }

  /** Undeletes, and writes of rows that may lie in the recycle bin: those follow when they are back. */
  async function bringBack(writes: readonly RowWrite[], outcomes: Outcomes, budget: TimeBudget): Promise<void> {
    const wanted = writes.filter(({ operation, revives }) => operation === 'undelete' || revives === true);
    for (const group of byKeyField(wanted)) {
      for (const [write, outcome] of await bringBackRows(parts, group, await isCaseSensitive(group), budget)) {
        // The row is written when it is back. An upsert goes on also when it is in no recycle bin, and creates it anew.
        const goesOn = outcome.kind === 'written' || (write.operation === 'upsert' && isRejected(outcome));
        if (write.operation === 'undelete' || !goesOn) outcomes.set(write, outcome);
      }
    }
  }

  async function isCaseSensitive([first]: readonly RowWrite[]): Promise<boolean> {
    if (first?.keyField === undefined) return false;
    return createFieldIndex(await describe(first.object)).find(first.keyField)?.caseSensitive ?? false;
  }

  return {
    async write(all, budget, alone, hasChanged = unchanged) {
      const outcomes: Outcomes = new Map();
      const query = withinBudget(parts.query, budget, callTimeoutMs);
      const toAttempt = (write: RowWrite, fields: Attempt['fields']): Attempt => ({
        write,
        operation: write.operation === 'publish' || write.operation === 'undelete' ? 'create' : write.operation,
        fields,
        isAlone: alone?.has(write) ?? false,
      });
      try {
        for (const [write, outcome] of await writeInBulk(all, budget)) outcomes.set(write, outcome);
        await bringBack(all, outcomes, budget);
        const writes = all.filter((write) => !outcomes.has(write));
        const upserts = writes.filter(({ operation }) => operation === 'upsert');
        const byId = writes.filter(({ operation }) => operation === 'update' || operation === 'delete');
        const rest = writes.filter(({ operation }) => operation === 'create' || operation === 'publish');
        const lookedUp = byId.filter(({ keyField }) => keyField !== 'Id');
        const ids = lookedUp.length === 0 ? new Map() : await findIds(lookedUp, outcomes, query);
        // Rows of all kinds share requests: each request counts as one call, whatever it holds.
        const send = (more: readonly Attempt[]) => sendAttempts(parts, more, budget, hasChanged);
        const others = [
          ...byId.filter((write) => !outcomes.has(write)).map((write) => toAttempt(write, byIdOf(write, ids))),
          ...rest.map((write) => toAttempt(write, write.fields)),
        ];
        let first: readonly Attempt[] = others;
        const sendWithOthers = async (attempts: readonly Attempt[]) => {
          const together = [...first, ...attempts];
          first = [];
          return together.length === 0 ? new Map() : send(together);
        };
        await upsert(upserts, outcomes, query, sendWithOthers, toAttempt);
      } catch (thrown) {
        const error = asBridgeError(thrown);
        if (error.code === 'SKB_BUG') throw error;
        for (const write of all) if (!outcomes.has(write)) outcomes.set(write, { kind: 'notSent', error });
      }
      return outcomes;
    },
  };
}

const unchanged: HasChanged = async () => false;

function isRejected(outcome: WriteOutcome | undefined): boolean {
  return outcome?.kind === 'refused' && outcome.disposition === 'reject';
}

function byKeyField(writes: readonly RowWrite[]): RowWrite[][] {
  return [...Map.groupBy(writes, ({ object, keyField }) => `${object} ${keyField}`).values()];
}

function byIdOf(write: RowWrite, ids: ReadonlyMap<RowWrite, string>): Attempt['fields'] {
  const id = ids.get(write) ?? write.fields['Id'];
  if (write.operation === 'delete') return { Id: id };
  const { [write.keyField ?? 'Id']: _, ...fields } = write.fields;
  return { Id: id, ...fields };
}

const alreadyGone: WriteOutcome = { kind: 'written', id: undefined, created: false };
