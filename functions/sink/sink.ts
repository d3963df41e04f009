import type { Sink } from '../../shared/bridge/define-bridge.ts';
import { toDeadLetter } from '../../shared/dead-letter/dead-letter.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { type Coordinates, describeCoordinates, type KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import type { RecordProducer } from '../../shared/kafka/record-producer.ts';
import {
  type DispositionCounts,
  isSettled,
  type PartitionProgress,
  type ProgressStore,
  partitionName,
} from '../../shared/state/partition-progress.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import { collectMemory } from '../../shared/transform/collect-memory.ts';
import type { Lookups } from '../../shared/transform/lookups.ts';
import type { StepMemory } from '../../shared/transform/step-memory.ts';
import { type BatchResponse, cutPartitions, type PartitionVerdict, toBatchResponse } from './batch-response.ts';
import type { MeasureBatch } from './measure-batch.ts';
import type { RowWriter, TimeBudget } from './row-writer.ts';
import { type Disposition, settleRound } from './settle-round.ts';

export interface SinkParts {
  readonly sink: Sink;
  readonly writer: RowWriter;
  readonly memory: StepMemory;
  /** What steps look up elsewhere. */
  readonly lookups?: Lookups;
  readonly progress: ProgressStore;
  /** Connected when the first letter has to be stored. */
  readonly deadLetters: () => Promise<RecordProducer>;
  /** Whether Salesforce compares the external ID with regard to case. */
  readonly caseSensitiveKey: () => Promise<boolean>;
  /** @default nothing is measured */
  readonly measureBatch?: MeasureBatch;
  readonly logger: Logger;
}

export interface SinkProgram {
  handle(records: readonly KafkaRecord[], budget: TimeBudget): Promise<BatchResponse>;
}

/**
 * The sink's plot: skip what an earlier delivery settled, then in rounds transform → plan → write → dead-letter →
 * remember, then move the settled offsets and hand back the rest. A record is acknowledged only after its row was
 * written, it was filtered, or the dead-letter topic holds it.
 */
export function createSink(parts: SinkParts): SinkProgram {
  return {
    async handle(records, budget) {
      try {
        const loaded = await parts.progress.load(partitionsOf(records));
        const fresh = records.filter((record) => !isSettled(loaded.get(partitionName(record)), record));
        const dispositions = await settleAll(parts, fresh, budget);
        const verdicts = cutPartitions(fresh, (record) => dispositions.get(record)?.kind !== 'handedBack');
        await Promise.all(verdicts.map((verdict) => advance(parts.progress, loaded, verdict, dispositions)));
        report(parts, records, verdicts, dispositions);
        return toBatchResponse(verdicts);
      } catch (error) {
        // A known trouble hands the whole batch back; a bug fails the invocation, which does the same and is counted.
        if (!(error instanceof BridgeError) || error.code === 'SKB_BUG') throw error;
        parts.logger.error(`${records.length} records handed back: ${error.message}`, errorFields(error));
        parts.measureBatch?.({ received: records, handedBack: records.length, counts: noCounts });
        return toBatchResponse(cutPartitions(records, () => false));
      }
    },
  };
}

const noCounts: DispositionCounts = { written: 0, filtered: 0, absorbed: 0, deadLettered: 0 };

/** One round settles everything, unless a row was refused: then what depended on it is judged again without it. */
async function settleAll(
  parts: SinkParts,
  records: readonly KafkaRecord[],
  budget: TimeBudget,
): Promise<ReadonlyMap<KafkaRecord, Disposition>> {
  const dispositions = new Map<KafkaRecord, Disposition>();
  const missingParents = new Set<string>();
  const alone = new Set<string>();
  let pending = records;
  while (pending.length > 0) {
    const round = await settleRound({ ...parts, missingParents, alone, budget }, pending);
    for (const [record, disposition] of round.settled) dispositions.set(record, disposition);
    await storeDeadLetters(parts, round.settled);
    await parts.memory.store(collectMemory(round.written));
    const left = pending.filter((record) => !dispositions.has(record));
    if (left.length === pending.length && round.unmerged === 0)
      throw new BridgeError('SKB_BUG', 'A round of the sink settled no record');
    pending = left;
  }
  return dispositions;
}

async function storeDeadLetters(parts: SinkParts, settled: ReadonlyMap<KafkaRecord, Disposition>): Promise<void> {
  const letters = [...settled].flatMap(([record, disposition]) =>
    disposition.kind === 'deadLettered'
      ? [toDeadLetter(record, parts.sink.name, parts.sink.deadLetterTopic, disposition.reason)]
      : [],
  );
  if (letters.length === 0) return;
  try {
    await (await parts.deadLetters()).publish(letters);
  } catch (cause) {
    throw new BridgeError('SKB_DEAD_LETTER_FAILED', `${letters.length} dead letters could not be stored`, {
      cause,
      context: { sink: parts.sink.name, topic: parts.sink.deadLetterTopic },
    });
  }
  parts.logger.warn(`${letters.length} records rejected`, { sink: parts.sink.name, first: firstReason(settled) });
}

async function advance(
  progress: ProgressStore,
  loaded: ReadonlyMap<string, PartitionProgress>,
  verdict: PartitionVerdict<KafkaRecord>,
  dispositions: ReadonlyMap<KafkaRecord, Disposition>,
): Promise<void> {
  const last = verdict.settled.at(-1);
  if (last === undefined) return;
  const from = loaded.get(partitionName(verdict));
  const newest = Math.max(...verdict.settled.map((record) => record.timestamp));
  // A topic that was made again starts anew; otherwise the watermark only grows.
  const continues = from !== undefined && last.offset > from.settledOffset;
  await progress.advance({
    topic: verdict.topic,
    partition: verdict.partition,
    settledOffset: last.offset,
    watermarkTimestamp: continues ? Math.max(newest, from.watermarkTimestamp) : newest,
    from,
    restarts: from !== undefined && !continues,
    counts: countDispositions(verdict.settled, dispositions),
  });
}

function countDispositions(
  records: readonly KafkaRecord[],
  dispositions: ReadonlyMap<KafkaRecord, Disposition>,
): DispositionCounts {
  const counts = { written: 0, filtered: 0, absorbed: 0, deadLettered: 0 };
  for (const record of records) {
    const kind = dispositions.get(record)?.kind;
    if (kind !== undefined && kind !== 'handedBack') counts[kind] += 1;
  }
  return counts;
}

function report(
  { logger, measureBatch }: SinkParts,
  received: readonly KafkaRecord[],
  verdicts: readonly PartitionVerdict<KafkaRecord>[],
  dispositions: ReadonlyMap<KafkaRecord, Disposition>,
): void {
  const settled = verdicts.flatMap((verdict) => verdict.settled);
  const handedBack = verdicts.flatMap((verdict) => verdict.handedBack);
  const counts = countDispositions(settled, dispositions);
  logger.info('batch settled', { received: received.length, handedBack: handedBack.length, ...counts });
  measureBatch?.({ received, handedBack: handedBack.length, counts });
  const cause = handedBack.map((record) => dispositions.get(record)).find((each) => each?.kind === 'handedBack');
  if (cause?.kind === 'handedBack') logger.error(`${handedBack.length} records handed back`, errorFields(cause.error));
}

function firstReason(settled: ReadonlyMap<KafkaRecord, Disposition>): string | undefined {
  for (const [record, disposition] of settled) {
    if (disposition.kind === 'deadLettered') return `${describeCoordinates(record)}: ${disposition.reason.message}`;
  }
  return undefined;
}

function partitionsOf(records: readonly Coordinates[]): Coordinates[] {
  return [...new Map(records.map((record) => [partitionName(record), record])).values()];
}
