import type { Sink } from '../../shared/bridge/define-bridge.ts';
import type { DeadLetterReason } from '../../shared/dead-letter/dead-letter.ts';
import type { BridgeError } from '../../shared/errors/bridge-error.ts';
import { describeCoordinates, type KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import type { RowError } from '../../shared/salesforce/collections.ts';
import type { Lookups } from '../../shared/transform/lookups.ts';
import { runTransform, type Transformed } from '../../shared/transform/run-transform.ts';
import type { StepMemory } from '../../shared/transform/step-memory.ts';
import { missingParentOf, parentsOf } from './missing-parent.ts';
import { planRows, type RowWrite, rowsOf, type TransformedRow } from './plan-rows.ts';
import type { RowOutcome, RowWriter, TimeBudget } from './row-writer.ts';

/** How a record ended, or that it goes back to Kafka. */
export type Disposition =
  | { readonly kind: 'written' | 'filtered' | 'absorbed' }
  | { readonly kind: 'deadLettered'; readonly reason: DeadLetterReason }
  | { readonly kind: 'handedBack'; readonly error: BridgeError };

interface RoundParts {
  readonly sink: Sink;
  readonly writer: RowWriter;
  readonly memory: StepMemory;
  readonly lookups?: Lookups | undefined;
  readonly caseSensitiveKey: () => Promise<boolean>;
  readonly budget: TimeBudget;
  /** Parents that Salesforce did not find during this invocation; rows that name them are not sent again. */
  readonly missingParents: Set<string>;
  /** Ties whose records are settled one by one, because a merged row of theirs was refused. */
  readonly alone: Set<string>;
}

export interface Round {
  readonly settled: ReadonlyMap<KafkaRecord, Disposition>;
  readonly written: readonly TransformedRow[];
  /** Records whose merged row was refused; they stay pending and are settled one by one. */
  readonly unmerged: number;
}

/**
 * Settles what can be settled at once. Records are tied to each other by the row they write and by the remembered value
 * they were judged against; when a row is refused, the records tied to it stay pending and are judged again without it.
 */
export async function settleRound(parts: RoundParts, pending: readonly KafkaRecord[]): Promise<Round> {
  const { sink, writer, memory, lookups, budget } = parts;
  const caseSensitive = await parts.caseSensitiveKey();
  const tiesOfRow = (row: TransformedRow) => rowTies(row, sink.write.externalId, caseSensitive);
  const tiesOf = (transformed: Transformed) => [
    ...judgedByTies(transformed),
    ...rowsOf(transformed).flatMap(tiesOfRow),
  ];
  const transformed = firstOfEachAlone(
    await runTransform(sink.transform, pending, { memory, ...(lookups === undefined ? {} : { lookups }) }),
    parts.alone,
    tiesOf,
  );
  const rows = new Map(transformed.map((each) => [each.record, rowsOf(each)]));
  const plan = planRows([...rows.values()].flat(), { externalId: sink.write.externalId, caseSensitive });
  const { known, sendable } = splitByParent(plan.writes, parts.missingParents);
  const outcomes = new Map<RowWrite, RowOutcome>([...known, ...(await writer.write(sendable, budget))]);

  const settled = new Map<KafkaRecord, Disposition>();
  const rowEnds = new Map<TransformedRow, Disposition>();
  const written: TransformedRow[] = [];
  const refusedTies = new Set<string>();
  const handedBackTies = new Map<string, BridgeError>();
  let unmerged = 0;

  for (const [write, outcome] of outcomes) {
    const contributorTies = write.contributors.flatMap(tiesOfRow);
    if (outcome.kind === 'written') {
      for (const row of write.contributors) rowEnds.set(row, { kind: 'written' });
      written.push(...write.contributors);
    } else if (outcome.kind === 'retry') {
      for (const tie of contributorTies) handedBackTies.set(tie, outcome.error);
      for (const row of write.contributors) rowEnds.set(row, { kind: 'handedBack', error: outcome.error });
    } else {
      for (const tie of contributorTies) refusedTies.add(tie);
      const refused = refusedContributors(write, outcome.error, parts.missingParents);
      for (const row of refused) rowEnds.set(row, rejectedRow(row, sink, outcome.error));
      if (refused.length < write.contributors.length) {
        unmerged += write.contributors.length - refused.length;
        for (const tie of contributorTies) parts.alone.add(tie);
      }
    }
  }
  for (const { transformed: row, error } of plan.rejected) rowEnds.set(row, rejectedRecord(error));
  for (const each of transformed) {
    if (each.kind === 'rejected') settled.set(each.record, rejectedRecord(each.error));
    if (each.kind === 'absorbed') settled.set(each.record, { kind: 'absorbed' });
    if (each.kind === 'rows') {
      const end = endOfRecord(rows.get(each.record) ?? [], rowEnds);
      if (end !== undefined) settled.set(each.record, end);
    }
    if (each.kind !== 'filtered') continue;
    const itsTies = tiesOf(each);
    const handedBack = itsTies.map((tie) => handedBackTies.get(tie)).find((error) => error !== undefined);
    if (handedBack !== undefined) settled.set(each.record, { kind: 'handedBack', error: handedBack });
    else if (!itsTies.some((tie) => refusedTies.has(tie))) settled.set(each.record, { kind: 'filtered' });
  }
  return { settled, written: written.sort(byOffset), unmerged };
}

/** A record ends as the worst of its rows; undefined while one of them is open. */
function endOfRecord(
  rows: readonly TransformedRow[],
  rowEnds: ReadonlyMap<TransformedRow, Disposition>,
): Disposition | undefined {
  const ends = rows.map((row) => rowEnds.get(row));
  if (ends.includes(undefined)) return undefined;
  return (
    ends.find((end) => end?.kind === 'handedBack') ?? ends.find((end) => end?.kind === 'deadLettered') ?? ends.at(0)
  );
}

function rowTies({ fields, remember }: TransformedRow, externalId: string, caseSensitive: boolean): string[] {
  const key = String(fields[externalId]);
  return [
    `row ${caseSensitive ? key : key.toLowerCase()}`,
    ...remember.map(({ step, key: memoryKey }) => `${step} ${memoryKey}`),
  ];
}

function judgedByTies(transformed: Transformed): string[] {
  if (transformed.kind !== 'filtered' && transformed.kind !== 'rows') return [];
  return transformed.judgedBy.map(({ step, key }) => `${step} ${key}`);
}

/** Of the records under one tie that must go alone, only the first takes part in this round. */
function firstOfEachAlone(
  transformed: readonly Transformed[],
  alone: ReadonlySet<string>,
  tiesOf: (transformed: Transformed) => readonly string[],
): readonly Transformed[] {
  if (alone.size === 0) return transformed;
  const taken = new Set<string>();
  return transformed.filter((each) => {
    const itsTies = tiesOf(each).filter((tie) => alone.has(tie));
    const isFirst = !itsTies.some((tie) => taken.has(tie));
    for (const tie of itsTies) taken.add(tie);
    return isFirst;
  });
}

function splitByParent(
  writes: readonly RowWrite[],
  missingParents: ReadonlySet<string>,
): { known: [RowWrite, RowOutcome][]; sendable: RowWrite[] } {
  const known: [RowWrite, RowOutcome][] = [];
  const sendable: RowWrite[] = [];
  for (const write of writes) {
    const parent = parentsOf(write.fields).find((each) => missingParents.has(each.identity));
    if (parent === undefined) sendable.push(write);
    else known.push([write, { kind: 'rejected', error: parent.asRowError }]);
  }
  return { known, sendable };
}

/** Which records of a refused row the refusal is certain for: the only one, or all that name the missing parent. */
function refusedContributors(write: RowWrite, error: RowError, missingParents: Set<string>): readonly TransformedRow[] {
  const missing = missingParentOf(error);
  if (missing !== undefined) {
    missingParents.add(missing);
    const naming = write.contributors.filter((row) =>
      parentsOf(row.fields).some(({ identity }) => identity === missing),
    );
    if (naming.length > 0) return naming;
  }
  return write.contributors.length === 1 ? write.contributors : [];
}

function rejectedRow({ record }: TransformedRow, sink: Sink, error: RowError): Disposition {
  const fields = error.fields.length > 0 ? ` (${error.fields.join(', ')})` : '';
  return {
    kind: 'deadLettered',
    reason: {
      code: 'SKB_ROW_REJECTED',
      message: `Row of ${describeCoordinates(record)} rejected by ${sink.write.object}: ${error.statusCode}${fields}: ${error.message}`,
      salesforceStatus: error.statusCode,
      fields: error.fields,
    },
  };
}

function rejectedRecord(error: BridgeError): Disposition {
  return { kind: 'deadLettered', reason: { code: error.code, message: error.message } };
}

function byOffset(a: TransformedRow, b: TransformedRow): number {
  return a.record.partition - b.record.partition || a.record.offset - b.record.offset;
}
