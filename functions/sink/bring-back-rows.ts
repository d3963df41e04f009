import type { QueriedRow } from '../../shared/salesforce/answer-shapes.ts';
import type { CallAnswer } from '../../shared/salesforce/composite.ts';
import { maxUndeletesPerCall } from '../../shared/salesforce/undelete.ts';
import { lookUpRows, type Query, withinBudget } from './look-up-rows.ts';
import { toOutcome, type WriteOutcome } from './row-outcome.ts';
import { ambiguousKey, noSuchRow } from './row-refusals.ts';
import type { RowWrite } from './row-write.ts';
import { mayCall, outOfTime, type TimeBudget } from './time-budget.ts';

export interface BringBackParts {
  /** Finds deleted rows too. */
  readonly queryAll: Query;
  /** Up to 200 at once; never throws for what Salesforce or the network did. */
  readonly undelete: (ids: readonly string[]) => Promise<CallAnswer>;
  /** How long a call may take until it counts as unanswered. */
  readonly callTimeoutMs: number;
}

/**
 * Brings rows of one object and key field back from the recycle bin: one query and one call per 200. A row that is there
 * already counts as brought back, so that a repeat does no harm; of several deleted rows of a key the latest comes back.
 */
export async function bringBackRows(
  { queryAll, undelete, callTimeoutMs }: BringBackParts,
  writes: readonly RowWrite[],
  isCaseSensitive: boolean,
  budget: TimeBudget,
): Promise<ReadonlyMap<RowWrite, WriteOutcome>> {
  const outcomes = new Map<RowWrite, WriteOutcome>();
  const query = withinBudget(queryAll, budget, callTimeoutMs);
  const found = await lookUpRows(query, writes, ['Id', 'IsDeleted', 'SystemModstamp'], isCaseSensitive);
  const deleted: { write: RowWrite; id: string }[] = [];
  for (const write of writes) {
    const rows = found.get(write.key ?? '') ?? [];
    const [living, second] = rows.filter((row) => row['IsDeleted'] !== true);
    const latest = rows.reduce<QueriedRow | undefined>(later, undefined);
    if (second !== undefined) outcomes.set(write, ambiguousKey(write));
    else if (living !== undefined) outcomes.set(write, { kind: 'written', id: String(living['Id']), created: false });
    else if (latest === undefined) outcomes.set(write, noSuchRow(write));
    else deleted.push({ write, id: String(latest['Id']) });
  }
  for (let start = 0; start < deleted.length; start += maxUndeletesPerCall) {
    const part = deleted.slice(start, start + maxUndeletesPerCall);
    const answer: CallAnswer = mayCall(budget, callTimeoutMs)
      ? await undelete(part.map(({ id }) => id))
      : { kind: 'refused', error: outOfTime() };
    for (const [index, { write }] of part.entries()) outcomes.set(write, outcomeOf(answer, index, write));
  }
  return outcomes;
}

function later(one: QueriedRow | undefined, other: QueriedRow): QueriedRow {
  if (one === undefined) return other;
  return String(other['SystemModstamp']) > String(one['SystemModstamp']) ? other : one;
}

function outcomeOf(answer: CallAnswer, index: number, { operation }: RowWrite): WriteOutcome {
  if (answer.kind === 'rows') return toOutcome(answer.results[index], operation);
  // Ids cannot spoil a call, so whatever refused it says nothing of its rows.
  return answer.kind === 'ambiguous'
    ? { kind: 'inDoubt', error: answer.error }
    : { kind: 'notSent', error: answer.error };
}
