import { setTimeout as sleep } from 'node:timers/promises';
import {
  buildKafkaEvent,
  type EventOrigin,
  envelopeBytes,
  type KafkaEvent,
  type KafkaEventRecord,
  partitionKey,
} from './build-kafka-event.ts';
import { type FailureCondition, type FailureNotice, failureNotice } from './failure-notice.ts';
import { type Backoff, PartitionQueue, type QueuedRecord } from './partition-queue.ts';
import { type BatchLimits, isOversize, planBatch } from './plan-batches.ts';
import { type BatchOutcome, failedBatch, type Redelivery, readBatchResponse } from './read-batch-response.ts';

export interface DeliverySettings {
  readonly functionArn: string;
  readonly origin: EventOrigin;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly maxPayloadBytes: number;
  /** Invocations at the same time. Each poller owns some of the partitions. */
  readonly pollers: number;
  readonly redelivery: Redelivery;
  /** Deliveries after the first one; -1 is without end. */
  readonly maxRetryAttempts: number;
  /** Judged when a delivery failed; -1 is without end. */
  readonly maxRecordAgeMs: number;
  readonly backoff: Backoff;
}

/** What a person or a test may want to know about each invocation. */
export interface InvocationReport {
  readonly event: 'invocation';
  readonly invocation: number;
  readonly records: number;
  readonly partitions: readonly string[];
  readonly durationMs: number;
  readonly result: BatchOutcome['result'];
  readonly reason?: string;
  readonly redelivered: number;
  readonly discarded: number;
}

export interface DeliveryPorts {
  invoke(event: KafkaEvent): Promise<unknown>;
  /** Moves the group's offset of a partition; rejects when it could not. */
  commit(topic: string, partition: number, offset: number): Promise<void>;
  /** The on-failure destination. While it rejects, the records are delivered again. */
  onFailure(notice: FailureNotice): Promise<void>;
  report(
    report: InvocationReport | { readonly event: 'commit-failed' | 'on-failure-failed'; readonly reason: string },
  ): void;
  /** A partition has room for more records again. */
  onRoom(topic: string, partition: number): void;
  random(): number;
}

export interface Delivery {
  /** Starts over with these partitions: whatever was read before is read again from the committed offsets. */
  assign(partitions: readonly { readonly topic: string; readonly partition: number }[]): void;
  /** Gives false when the partition should be read no further for now; onRoom tells when it may. */
  add(topic: string, partition: number, records: readonly KafkaEventRecord[], lastOffset: number): boolean;
  /** Starts no more invocations and waits for those in flight. */
  drain(limitMs: number): Promise<void>;
}

/** The part of the event source mapping that knows batches, retries and positions, and nothing of Kafka's protocol. */
export function createDelivery(settings: DeliverySettings, ports: DeliveryPorts): Delivery {
  const { batchSize, maxPayloadBytes, origin, pollers, backoff } = settings;
  const limits: BatchLimits = {
    maxRecords: batchSize,
    maxBytes: maxPayloadBytes,
    windowMs: settings.batchingWindowMs,
    envelopeBytes: envelopeBytes(origin),
  };
  let queues = new Map<string, PartitionQueue>();
  /** By key, not by queue: after a rebalance an old invocation still holds its partitions. */
  const inFlight = new Set<string>();
  const busyPollers = new Set<number>();
  const running = new Set<Promise<void>>();
  const timers = new Map<number, NodeJS.Timeout>();
  let invocations = 0;
  let draining = false;

  const hasRoom = (queue: PartitionQueue) =>
    queue.waitingRecords < 2 * batchSize && queue.waitingBytes < 2 * maxPayloadBytes;

  function pump(): void {
    for (let poller = 0; poller < pollers; poller += 1) pumpPoller(poller);
  }

  function pumpPoller(poller: number): void {
    clearTimeout(timers.get(poller));
    if (draining || busyPollers.has(poller)) return;
    const now = Date.now();
    const own = [...queues.values()].filter((queue, index) => index % pollers === poller && !inFlight.has(queue.key));
    const ready = own
      .filter((queue) => queue.notBefore <= now)
      .sort((one, other) => one.lastDelivery - other.lastDelivery);
    const oversize = ready.find(
      (queue) => queue.waiting.records[0] && isOversize(queue.key, queue.waiting.records[0], limits),
    );
    if (oversize) {
      run(poller, [oversize], () => setAside(oversize));
      return;
    }

    // An oversize record further back is set aside when it has become the first.
    const waiting = ready.map(({ key, waiting: { isRetry, records } }) => {
      const candidates = records.slice(0, batchSize);
      const end = candidates.findIndex((record) => isOversize(key, record, limits));
      return { key, isRetry, records: end < 0 ? candidates : candidates.slice(0, end) };
    });
    const plan = planBatch(waiting, limits, now);
    if (plan.kind === 'deliver') {
      const parts = ready.flatMap((queue) => {
        const count = plan.counts.get(queue.key);
        return count === undefined ? [] : [{ queue, records: queue.take(count, now) }];
      });
      const taken = parts.map(({ queue }) => queue);
      run(poller, taken, () => deliver(parts));
      return;
    }
    const retries = own.filter((queue) => queue.notBefore > now).map((queue) => queue.notBefore);
    const wakeAt = Math.min(plan.kind === 'wait' ? plan.dueAt : Number.POSITIVE_INFINITY, ...retries);
    if (wakeAt < Number.POSITIVE_INFINITY)
      timers.set(poller, setTimeout(pumpPoller, Math.max(1, wakeAt - now), poller));
  }

  function run(poller: number, taken: readonly PartitionQueue[], work: () => Promise<void>): void {
    busyPollers.add(poller);
    for (const queue of taken) inFlight.add(queue.key);
    const done = work().finally(() => {
      running.delete(done);
      busyPollers.delete(poller);
      for (const queue of taken) {
        inFlight.delete(queue.key);
        if (queues.get(queue.key) === queue && hasRoom(queue)) ports.onRoom(queue.topic, queue.partition);
      }
      pump();
    });
    running.add(done);
  }

  async function deliver(parts: readonly { queue: PartitionQueue; records: readonly QueuedRecord[] }[]): Promise<void> {
    const startedAt = Date.now();
    const records = parts.flatMap((part) => part.records);
    const event = buildKafkaEvent(
      records.map(({ record }) => record),
      origin,
    );
    const sent = new Map(
      parts.map((part) => [part.queue.key, new Set(part.records.map(({ record }) => record.offset))]),
    );
    invocations += 1;
    const invocation = invocations;
    const outcome = await ports.invoke(event).then(
      (response) => readBatchResponse(response, sent, settings.redelivery),
      (error) => failedBatch(sent, `${error.errorType ?? error.name}: ${error.message}`),
    );

    const failed = records
      .filter(({ record }) => outcome.redeliver.get(partitionKey(record))?.has(record.offset))
      .map((queued) => ({ ...queued, attempts: queued.attempts + 1 }));
    const given = new Map(failed.map((queued) => [queued, givenUp(queued, settings)]));
    const discarded = new Set<QueuedRecord>();
    for (const condition of new Set(given.values())) {
      if (condition === undefined) continue;
      const group = failed.filter((queued) => given.get(queued) === condition);
      if (await handToDestination(condition, group)) for (const queued of group) discarded.add(queued);
    }
    const again = failed.filter((queued) => !discarded.has(queued));
    for (const { queue } of parts) {
      const own = again.filter(({ record }) => partitionKey(record) === queue.key);
      queue.settle(own, Date.now(), backoff, ports.random);
    }
    await commit(parts.map(({ queue }) => queue));
    ports.report({
      event: 'invocation',
      invocation,
      records: records.length,
      partitions: [...sent.keys()],
      durationMs: Date.now() - startedAt,
      result: outcome.result,
      ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
      redelivered: again.length,
      discarded: discarded.size,
    });
  }

  /** No event can hold this record, so it is never tried: https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html */
  async function setAside(queue: PartitionQueue): Promise<void> {
    const records = queue.take(1, Date.now());
    const done = await handToDestination('MaximumPayloadSizeExceeded', records);
    queue.settle(done ? [] : records, Date.now(), backoff, ports.random);
    await commit([queue]);
  }

  async function handToDestination(condition: FailureCondition, records: readonly QueuedRecord[]): Promise<boolean> {
    const { functionArn } = settings;
    const notice = failureNotice({ condition, records, functionArn, origin, now: new Date() });
    try {
      await ports.onFailure(notice);
      return true;
    } catch (error) {
      ports.report({ event: 'on-failure-failed', reason: String(error) });
      return false;
    }
  }

  async function commit(moved: readonly PartitionQueue[]): Promise<void> {
    for (const queue of moved) {
      const { position } = queue;
      // A queue from before a rebalance: its partition may be another consumer's by now.
      if (queues.get(queue.key) !== queue || position === undefined || position === queue.committed) continue;
      try {
        await ports.commit(queue.topic, queue.partition, position);
        queue.committed = position;
      } catch (error) {
        // The next commit of this partition covers it; until then a crash repeats deliveries, which is allowed.
        ports.report({ event: 'commit-failed', reason: String(error) });
      }
    }
  }

  return {
    assign(partitions) {
      const assigned = partitions.map(
        ({ topic, partition }) => new PartitionQueue(topic, partition, settings.redelivery === 'refilled'),
      );
      queues = new Map(
        assigned.sort((one, other) => (one.key < other.key ? -1 : 1)).map((queue) => [queue.key, queue]),
      );
      for (const timer of timers.values()) clearTimeout(timer);
    },
    add(topic, partition, records, lastOffset) {
      const queue = queues.get(partitionKey({ topic, partition }));
      if (!queue) return false;
      queue.add(records, lastOffset, Date.now());
      pump();
      return hasRoom(queue);
    },
    async drain(limitMs) {
      draining = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.race([Promise.allSettled([...running]), sleep(limitMs, undefined, { ref: false })]);
    },
  };
}

function givenUp({ attempts, record }: QueuedRecord, settings: DeliverySettings): FailureCondition | undefined {
  const { maxRetryAttempts, maxRecordAgeMs } = settings;
  if (maxRetryAttempts >= 0 && attempts > maxRetryAttempts) return 'RetryAttemptsExhausted';
  if (maxRecordAgeMs >= 0 && Date.now() - record.timestamp > maxRecordAgeMs) return 'RecordAgeExceeded';
  return undefined;
}
