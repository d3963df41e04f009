import type { Sink } from '../../shared/bridge/bridge.ts';
import type { DeadLetter, DeadLetterStore, ReportTopics } from '../../shared/dead-letter/dead-letter-store.ts';
import { asBridgeError, BridgeError } from '../../shared/errors/bridge-error.ts';
import { inTime } from '../../shared/errors/in-time.ts';
import type { KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import type { HeldKey, HeldKeyStore } from '../../shared/state/held-keys.ts';
import type { ProgressStore } from '../../shared/state/partition-progress.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { AggregateStore } from '../../shared/transform/aggregate-store.ts';
import { collectMemory } from '../../shared/transform/collect-memory.ts';
import type { Lookups } from '../../shared/transform/lookups.ts';
import type { Invocation } from '../../shared/transform/step.ts';
import type { StepMemory } from '../../shared/transform/step-memory.ts';
import { type BatchResponse, cutPartitions, toBatchResponse } from './batch-response.ts';
import type { BulkLane } from './bulk-lane.ts';
import { createFence } from './fence.ts';
import { loadHistory } from './load-history.ts';
import type { MeasureBatch } from './measure-batch.ts';
import { createMissingParents } from './missing-parents.ts';
import { createOwedRows, startInvocation } from './owed-rows.ts';
import { reportBatch } from './report-batch.ts';
import { noEvents, type RoundEvents } from './round-events.ts';
import type { RowWriter } from './row-writer.ts';
import type { Disposition, HandedBack } from './settle-records.ts';
import { type RoundParts, settleRound, type TargetObjects } from './settle-round.ts';
import { storeOutcome } from './store-outcome.ts';
import { afterLettersMs, settleMs, type TimeBudget } from './time-budget.ts';
import type { WriteParts } from './write-rows.ts';

export interface SinkParts {
  readonly sink: Sink;
  readonly writer: RowWriter;
  readonly prove: WriteParts['prove'];
  /** @default there are no bulk jobs */
  readonly bulk?: Pick<BulkLane, 'finishOpenJobs'>;
  readonly objects: TargetObjects;
  /** Tells the org the rows are written to. */
  readonly orgId: () => Promise<string>;
  readonly memory: StepMemory;
  /** What steps look up elsewhere. */
  readonly lookups?: Lookups;
  /** Where aggregates are kept; needed by transforms that have one. */
  readonly aggregates?: AggregateStore;
  readonly progress: ProgressStore;
  readonly heldKeys: HeldKeyStore;
  readonly deadLetters: DeadLetterStore;
  /** @default nobody is told */
  readonly reports?: ReportTopics;
  /** How long a call to Salesforce may take until it counts as unanswered. */
  readonly callTimeoutMs: number;
  /** @default nothing is measured */
  readonly measureBatch?: MeasureBatch;
  /** Takes the age of the oldest row that an aggregate owes, in seconds, at each tick. @default nothing is measured */
  readonly measureOwed?: (seconds: number) => void;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** 0 to 1. */
  readonly random: () => number;
}

export interface SinkProgram {
  handle(records: readonly KafkaRecord[], budget: TimeBudget): Promise<BatchResponse>;
  /** Closes windows of keys that fell silent and writes the rows that aggregates owe; needs no records. */
  tick(budget: TimeBudget): Promise<void>;
}

/**
 * The sink's plot: skip what an earlier delivery settled, settle the rest in rounds, move the settled offsets and hand back
 * what is left. A record is acknowledged only after its rows were written, it was filtered or absorbed, or the dead-letter
 * store holds it.
 */
export function createSink(parts: SinkParts): SinkProgram {
  return {
    async handle(records, budget) {
      const invocation = startInvocation(budget, parts.now);
      try {
        // In one turn, so that one call reads both.
        const [history, heldBefore] = await Promise.all([loadHistory(parts, records), parts.heldKeys.load()]);
        const fresh = records.filter((record) => !history.isSettled(record));
        const waited = await parts.bulk?.finishOpenJobs(new Set(history.partitions.keys()), budget);
        const held = waited === true ? await parts.heldKeys.load() : heldBefore;
        const { dispositions, events } = await settleAll({ ...parts, invocation, held }, history, fresh, budget);
        const { failed, unreported } = await storeOutcome(parts, history, dispositions, budget);
        const goesBack = (record: KafkaRecord) => failed.has(record) || dispositions.get(record)?.kind === 'handedBack';
        const open = new Set(records.filter(goesBack));
        const isOpen = (record: KafkaRecord) => open.has(record);
        reportBatch(parts, { received: records, dispositions, isOpen, events: { ...events, unreported } });
        await owedRows(parts, invocation, budget).write();
        return toBatchResponse(cutPartitions(records, (record) => !isOpen(record)));
      } catch (thrown) {
        // A known trouble hands the whole batch back; a bug fails the invocation, which does the same and is counted.
        const error = asBridgeError(thrown);
        if (error.code === 'SKB_BUG') throw thrown;
        parts.logger.error(`${records.length} records handed back: ${error.message}`, errorFields(error));
        // Nothing was tried, as when the login fails: deliveries are counted, so the next one is not asked for at once.
        await parts.sleep(Math.max(0, Math.min(pauseMs, budget.remainingMs() - settleMs)));
        const isOpen = () => true;
        reportBatch(parts, { received: records, dispositions: new Map(), isOpen, events: noEvents });
        return toBatchResponse(cutPartitions(records, () => false));
      }
    },
    tick: (budget) => owedRows(parts, startInvocation(budget, parts.now), budget).tick(),
  };
}

const pauseMs = 10_000;

/** Rows that an aggregate owes are settled like records, by the steps behind the aggregate. */
function owedRows(parts: SinkParts, invocation: Invocation, budget: TimeBudget) {
  return createOwedRows(parts, invocation, async (transform, history, standIns) => {
    const held = await parts.heldKeys.load();
    const rest = { ...parts, sink: { ...parts.sink, transform }, invocation, held };
    return (await settleAll(rest, history, standIns, budget)).dispositions;
  });
}

/** One round settles everything, unless a row was rejected: what was judged by its value is judged again without it. */
async function settleAll(
  parts: SinkParts & { readonly invocation: Invocation; readonly held: readonly HeldKey[] },
  history: RoundParts['history'],
  records: readonly KafkaRecord[],
  budget: TimeBudget,
): Promise<{ dispositions: ReadonlyMap<KafkaRecord, Disposition>; events: RoundEvents }> {
  const { sink, memory, lookups, aggregates, invocation, heldKeys, held, now } = parts;
  const dispositions = new Map<KafkaRecord, Disposition>();
  const round: RoundParts = {
    ...parts,
    history,
    missing: createMissingParents(),
    storeLetters: (rejected, left) => storeDeadLetters(parts, history, rejected, left),
    fence: createFence(heldKeys, held, sink.fenceSeconds * 1000, now),
    services: {
      memory,
      now,
      invocation,
      ...(lookups === undefined ? {} : { lookups }),
      ...(aggregates === undefined ? {} : { aggregates }),
    },
    settings: {
      maxAttempts: sink.maxAttempts,
      parentWaitMs: sink.parentWaitSeconds * 1000,
      callTimeoutMs: parts.callTimeoutMs,
    },
  };
  const events = { ...noEvents };
  const remembered: Parameters<typeof collectMemory>[0][number][] = [];
  let pending = records;
  while (pending.length > 0) {
    const settled = await settleRound(round, pending, budget);
    settled.dispositions.forEach((disposition, record) => {
      dispositions.set(record, disposition);
    });
    if (settled.remembered.length > 0) {
      remembered.push(...settled.remembered);
      await memory.store(collectMemory(remembered));
    }
    for (const name of ['droppedFields', 'unmerged', 'retried'] as const) events[name] += settled[name];
    const left = pending.filter((record) => !dispositions.has(record));
    if (left.length === pending.length) throw new BridgeError('SKB_BUG', 'A round of the sink settled no record');
    pending = left;
  }
  events.held = round.fence.held;
  return { dispositions, events };
}

/** @returns where the rejected records go instead when their letters could not be stored: back to Kafka. */
async function storeDeadLetters(
  { deadLetters, sink, logger }: SinkParts,
  history: RoundParts['history'],
  dispositions: ReadonlyMap<KafkaRecord, Disposition>,
  budget: TimeBudget,
): Promise<HandedBack | undefined> {
  const letters: DeadLetter[] = [];
  dispositions.forEach((disposition, record) => {
    if (disposition.kind !== 'deadLettered') return;
    letters.push({ record, reason: disposition.reason, attempts: history.attemptsOf(record) + 1 });
  });
  if (letters.length === 0) return undefined;
  try {
    // A store that stands still must not use up the time in which written records are remembered.
    const late = () => new BridgeError('SKB_DEAD_LETTER_FAILED', 'Letters were not taken in time');
    await inTime(deadLetters.store(letters), budget.remainingMs() - afterLettersMs, late);
    logger.warn(`${letters.length} records rejected`, { sink: sink.name, first: letters[0]?.reason.message });
    return undefined;
  } catch (cause) {
    const context = { sink: sink.name };
    const message = `${letters.length} dead letters could not be stored`;
    return {
      kind: 'handedBack',
      reason: 'org',
      error: new BridgeError('SKB_DEAD_LETTER_FAILED', message, { cause, context }),
    };
  }
}
