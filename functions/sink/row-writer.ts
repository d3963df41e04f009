import { setTimeout as delay } from 'node:timers/promises';
import type { UpsertWrite } from '../../shared/bridge/define-bridge.ts';
import { asBridgeError, BridgeError } from '../../shared/errors/bridge-error.ts';
import { maxRowsPerCall, type RowError, type RowResult, upsertRows } from '../../shared/salesforce/collections.ts';
import { createFieldFinder, splitCreateOnly } from '../../shared/salesforce/create-only-fields.ts';
import type { RestClient } from '../../shared/salesforce/rest-client.ts';
import { rowDisposition } from '../../shared/salesforce/row-status-codes.ts';
import { soqlLiteral } from '../../shared/salesforce/soql.ts';
import type { RowFields } from '../../shared/transform/step.ts';
import type { RowWrite } from './plan-rows.ts';

export type RowOutcome =
  | { readonly kind: 'written'; readonly id: string; readonly created: boolean }
  | { readonly kind: 'rejected'; readonly error: RowError }
  | { readonly kind: 'retry'; readonly error: BridgeError };

export interface RowWriter {
  /** Writes rows with distinct keys; one outcome per row. Never throws: what failed as a whole is an outcome to retry. */
  write(writes: readonly RowWrite[], budget: TimeBudget): Promise<ReadonlyMap<RowWrite, RowOutcome>>;
}

/** How much of an invocation is left. */
export interface TimeBudget {
  remainingMs(): number;
}

/** A call is not started when less than this is left: its answer would be lost with the invocation. */
const reserveMs = 5_000;
const rowAttempts = 4;

interface RowWriterParts {
  readonly rest: RestClient;
  readonly write: UpsertWrite;
  /** 0 to 1. @default Math.random */
  readonly random?: () => number;
}

interface Attempt {
  readonly write: RowWrite;
  readonly fields: RowFields;
}

export function createRowWriter({ rest, write: target, random = Math.random }: RowWriterParts): RowWriter {
  const { object, externalId } = target;

  /** Rows in calls of up to 200, rows in passing trouble again with jitter while there is time. */
  async function send(attempts: readonly Attempt[], budget: TimeBudget): Promise<Map<RowWrite, RowOutcome>> {
    const outcomes = new Map<RowWrite, RowOutcome>();
    let pending = attempts;
    for (let attempt = 1; pending.length > 0; attempt += 1) {
      for (let start = 0; start < pending.length; start += maxRowsPerCall) {
        await sendChunk(pending.slice(start, start + maxRowsPerCall), budget, outcomes);
      }
      pending = pending.filter(({ write }) => isPassing(outcomes.get(write)));
      if (attempt === rowAttempts || budget.remainingMs() < reserveMs) break;
      if (pending.length > 0) await delay(random() * 250 * 2 ** attempt);
    }
    return outcomes;
  }

  async function sendChunk(
    chunk: readonly Attempt[],
    budget: TimeBudget,
    outcomes: Map<RowWrite, RowOutcome>,
  ): Promise<void> {
    if (budget.remainingMs() < reserveMs) {
      for (const { write } of chunk) outcomes.set(write, { kind: 'retry', error: outOfTime() });
      return;
    }
    try {
      const results = await upsertRows(
        rest,
        object,
        externalId,
        chunk.map(({ fields }) => fields),
      );
      for (const [index, { write }] of chunk.entries()) outcomes.set(write, toOutcome(results[index]));
    } catch (thrown) {
      const error = asBridgeError(thrown);
      const [only] = chunk;
      if (error.disposition !== 'reject' || only === undefined) {
        for (const { write } of chunk) outcomes.set(write, { kind: 'retry', error });
      } else if (chunk.length === 1) {
        outcomes.set(only.write, { kind: 'rejected', error: wholeCallError(error) });
      } else {
        // One row spoils the call (an unknown column, a wrong JSON type): find it by halves, spare the others.
        const half = Math.ceil(chunk.length / 2);
        await sendChunk(chunk.slice(0, half), budget, outcomes);
        await sendChunk(chunk.slice(half), budget, outcomes);
      }
    }
  }

  async function existingKeys(writes: readonly RowWrite[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (let start = 0; start < writes.length; start += maxRowsPerCall) {
      const literals = writes
        .slice(start, start + maxRowsPerCall)
        .map(({ fields }) => soqlLiteral(String(fields[externalId])));
      const rows = await rest.query(
        `SELECT ${externalId} FROM ${object} WHERE ${externalId} IN (${literals.join(',')})`,
      );
      for (const row of rows) found.add(String(row[externalId]).toLowerCase());
    }
    return found;
  }

  return {
    async write(writes, budget) {
      try {
        const find = createFieldFinder(await rest.describe(object));
        const split = writes.map((write) => ({ write, ...splitCreateOnly(write.fields, find) }));
        // Rows that a partial upsert could create without their create-only fields are looked up before.
        const doubtful = split.filter((row) => row.hasCreateOnly && !row.createNeedsThem).map((row) => row.write);
        const existing = doubtful.length > 0 ? await existingKeys(doubtful) : new Set<string>();
        const startsFull = (row: (typeof split)[number]) =>
          row.hasCreateOnly && !row.createNeedsThem && !existing.has(row.write.key.toLowerCase());

        const outcomes = await send(
          split.map((row) => ({ write: row.write, fields: startsFull(row) ? row.write.fields : row.updateable })),
          budget,
        );
        const perhapsMissing = split.filter(
          (row) => row.hasCreateOnly && row.createNeedsThem && outcomes.get(row.write)?.kind === 'rejected',
        );
        const created = await send(
          perhapsMissing.map(({ write }) => ({ write, fields: write.fields })),
          budget,
        );
        for (const [write, outcome] of created) {
          // The row exists after all, so its first refusal is the one that tells why.
          if (outcome.kind === 'rejected' && outcome.error.statusCode === 'INVALID_FIELD_FOR_INSERT_UPDATE') continue;
          outcomes.set(write, outcome);
        }
        return outcomes;
      } catch (thrown) {
        const error = asBridgeError(thrown);
        return new Map(writes.map((write) => [write, { kind: 'retry', error } as const]));
      }
    },
  };
}

function toOutcome(result: RowResult | undefined): RowOutcome {
  if (result?.success === true) return { kind: 'written', id: result.id, created: result.created };
  const error = result?.errors[0];
  if (error === undefined) return { kind: 'retry', error: unexplained() };
  if (rowDisposition(error.statusCode, error.message) === 'reject') return { kind: 'rejected', error };
  const code = error.statusCode === 'UNABLE_TO_LOCK_ROW' ? 'SKB_ROW_LOCKED' : 'SKB_SALESFORCE_UNAVAILABLE';
  return { kind: 'retry', error: new BridgeError(code, `${error.statusCode}: ${error.message}`) };
}

/** Row-level trouble that may pass within this invocation; a call that failed as a whole is handed back instead. */
function isPassing(outcome: RowOutcome | undefined): boolean {
  return outcome?.kind === 'retry' && outcome.error.code === 'SKB_ROW_LOCKED';
}

function wholeCallError(error: BridgeError): RowError {
  return { statusCode: String(error.context['salesforceCode'] ?? error.code), message: error.message, fields: [] };
}

function outOfTime(): BridgeError {
  return new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'The invocation has too little time left for another call');
}

function unexplained(): BridgeError {
  return new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'Salesforce refused a row without saying why');
}
