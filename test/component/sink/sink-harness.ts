import type { BulkLane } from '../../../functions/sink/bulk-lane.ts';
import type { BatchOutcome } from '../../../functions/sink/measure-batch.ts';
import { createPace } from '../../../functions/sink/pace.ts';
import { createProveWrites } from '../../../functions/sink/prove-writes.ts';
import { createRowWriter } from '../../../functions/sink/row-writer.ts';
import { createSink } from '../../../functions/sink/sink.ts';
import { createTargetObjects } from '../../../functions/sink/target-objects.ts';
import { type BridgeDefinition, parseBridge } from '../../../shared/bridge/define-bridge.ts';
import type { DeadLetter, RecordReport } from '../../../shared/dead-letter/dead-letter-store.ts';
import { BridgeError } from '../../../shared/errors/bridge-error.ts';
import type { KafkaRecord } from '../../../shared/kafka/kafka-record.ts';
import type { HeldKey } from '../../../shared/state/held-keys.ts';
import type { PartitionAdvance, PartitionProgress } from '../../../shared/state/partition-progress.ts';
import { createMemoryAggregateStore } from '../../../shared/transform/memory-aggregate-store.ts';
import type { ModelOrg } from '../../fixtures/model-org.ts';
import { memoryOf, recordingLogger } from '../../fixtures/records.ts';

export type SinkDefinition = NonNullable<BridgeDefinition['sinks']>[string];

/** What the sink uses of an org, and a clock of its own. */
export type OrgPorts = Pick<ModelOrg, 'send' | 'query' | 'queryAll' | 'undelete' | 'describe' | 'describes' | 'clock'>;

/** The whole sink with everything around it in memory; time passes only while it waits. */
export function createSinkHarness<Org extends OrgPorts>(
  org: Org,
  definition: SinkDefinition,
  {
    bulk,
    progress = new Map(),
  }: {
    readonly bulk?: BulkLane;
    /** Another instance's, to share it. @default its own */
    readonly progress?: Map<string, PartitionProgress>;
  } = {},
) {
  const [sink] = parseBridge({ name: 'test', orgs: { main: {} }, sinks: { s: definition } }).sinks;
  if (sink === undefined) throw new Error('no sink');
  const letters: DeadLetter[] = [];
  const advances: PartitionAdvance[] = [];
  const held: HeldKey[] = [];
  const owedAges: number[] = [];
  const order: ('contained' | 'acknowledged')[] = [];
  const batches: BatchOutcome[] = [];
  const memory = memoryOf();
  const aggregates = createMemoryAggregateStore();
  const logger = recordingLogger();
  const reports: RecordReport[] = [];
  const state = {
    tableDown: false,
    tableUnreadable: false,
    lettersDown: false,
    /** Letters and reports are neither taken nor refused. */
    kafkaHangs: false,
    aggregatesDown: false,
    reportsDown: false,
    orgId: '00D000000000001AAA',
  };
  const now = () => org.clock;
  const withBulk = bulk === undefined ? {} : { bulk };
  const program = createSink({
    sink,
    writer: createRowWriter({ ...org, ...withBulk, pace: createPace(sink.concurrentCalls), callTimeoutMs: 5_000 }),
    ...withBulk,
    prove: createProveWrites({ ...org, callTimeoutMs: 5_000 }),
    objects: createTargetObjects(sink, org.describes),
    async orgId() {
      if (state.orgId === 'refused') throw new BridgeError('SKB_AUTH_REJECTED', 'authentication failure');
      return state.orgId;
    },
    memory,
    aggregates: {
      ...aggregates,
      async put(...item) {
        if (state.aggregatesDown) throw new BridgeError('SKB_CHECKPOINT_FAILED', 'table down');
        // What is acknowledged is contained already.
        order.push('contained');
        return aggregates.put(...item);
      },
    },
    progress: {
      async load() {
        if (state.tableUnreadable) throw new BridgeError('SKB_CHECKPOINT_FAILED', 'throttled');
        return new Map(progress);
      },
      async advance(advance) {
        if (state.tableDown) throw new BridgeError('SKB_CHECKPOINT_FAILED', 'table down');
        const { topic, partition, from, counts, ...rest } = advance;
        const name = `${topic}-${partition}`;
        if (progress.get(name) !== from) throw new BridgeError('SKB_CHECKPOINT_FAILED', 'moved by somebody else');
        advances.push(advance);
        order.push('acknowledged');
        progress.set(name, rest);
      },
    },
    heldKeys: {
      load: async () => held.filter(({ until }) => until > now()),
      hold: async (keys) => void held.push(...keys),
    },
    deadLetters: {
      async store(more) {
        if (state.kafkaHangs) return new Promise(() => undefined);
        if (state.lettersDown) throw new BridgeError('SKB_DEAD_LETTER_FAILED', 'broker down');
        letters.push(...more);
      },
    },
    reports: {
      async publish(more) {
        if (state.kafkaHangs) return new Promise(() => undefined);
        if (state.reportsDown) throw new BridgeError('SKB_KAFKA_DENIED', 'no such topic');
        reports.push(...more);
      },
    },
    callTimeoutMs: 5_000,
    measureBatch: (outcome) => batches.push(outcome),
    measureOwed: (seconds) => owedAges.push(seconds),
    logger,
    now,
    sleep: async (milliseconds) => {
      org.clock += Math.ceil(milliseconds);
    },
    random: () => 0.5,
  });
  return {
    org,
    letters,
    reports,
    advances,
    progress,
    held,
    /** What was measured, batch by batch and tick by tick. */
    batches,
    owedAges,
    /** Writes of aggregates and of settled offsets, in their order. */
    order,
    memory,
    logger,
    state,
    /** One invocation of two minutes; answers the offsets that go back, by partition. */
    async deliver(records: readonly KafkaRecord[], seconds = 120): Promise<string[]> {
      const end = org.clock + seconds * 1000;
      const { batchItemFailures } = await program.handle(records, { remainingMs: () => end - org.clock });
      return batchItemFailures.map(({ itemIdentifier: { partition, offset } }) => `${partition}@${offset}`);
    },
    /** One invocation without records. */
    async tick(seconds = 120): Promise<void> {
      const end = org.clock + seconds * 1000;
      await program.tick({ remainingMs: () => end - org.clock });
    },
    /** How all records ended so far. */
    counts() {
      const total = { written: 0, filtered: 0, absorbed: 0, deadLettered: 0 };
      for (const { counts } of advances) {
        for (const name of ['written', 'filtered', 'absorbed', 'deadLettered'] as const) total[name] += counts[name];
      }
      return total;
    },
    letterOffsets: () => letters.map(({ record }) => record.offset),
    reasons: () => letters.map(({ reason }) => reason.salesforceStatus ?? reason.code),
  };
}
