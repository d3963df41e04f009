import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KafkaEvent, KafkaEventRecord } from '../../../../local/aws/build-kafka-event.ts';
import { createDelivery, type DeliverySettings, type InvocationReport } from '../../../../local/aws/delivery.ts';
import type { FailureNotice } from '../../../../local/aws/failure-notice.ts';
import { waitUntil } from '../wait-until.ts';

const defaults: DeliverySettings = {
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:sink',
  origin: { bootstrapServers: 'b:1' },
  batchSize: 10,
  batchingWindowMs: 0,
  maxPayloadBytes: 100_000,
  pollers: 1,
  redelivery: 'fromLowest',
  maxRetryAttempts: 10_000,
  maxRecordAgeMs: -1,
  backoff: { initialMs: 1, maxMs: 2 },
};

function record(partition: number, offset: number, value = 'v', timestamp = Date.now()): KafkaEventRecord {
  return {
    topic: 't',
    partition,
    offset,
    timestamp,
    timestampType: 'CREATE_TIME',
    key: null,
    value: Buffer.from(value).toString('base64'),
    headers: [],
  };
}

const records = (partition: number, offsets: number[]) => offsets.map((offset) => record(partition, offset));
const range = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);

/** A delivery with a scripted function; it notes what was invoked, committed, reported and handed to the destination. */
function harness(
  settings: Partial<DeliverySettings>,
  invoke: (event: KafkaEvent, count: number) => unknown,
  onCommit = (_partition: number, _offset: number): void => undefined,
) {
  const events: KafkaEvent[] = [];
  const commits = new Map<number, number[]>();
  const notices: FailureNotice[] = [];
  const reports: InvocationReport[] = [];
  const room: number[] = [];
  let active = 0;
  let mostActive = 0;
  const delivery = createDelivery(
    { ...defaults, ...settings },
    {
      async invoke(event) {
        active += 1;
        mostActive = Math.max(mostActive, active);
        events.push(event);
        try {
          return await invoke(event, events.length);
        } finally {
          active -= 1;
        }
      },
      async commit(_, partition, offset) {
        onCommit(partition, offset);
        commits.set(partition, [...(commits.get(partition) ?? []), offset]);
      },
      async onFailure(notice) {
        notices.push(notice);
      },
      report: (report) => report.event === 'invocation' && reports.push(report),
      onRoom: (_, partition) => room.push(partition),
      random: Math.random,
    },
  );
  const offsets = () =>
    events.map(({ records: lists }) => Object.values(lists).map((list) => list.map(({ offset }) => offset)));
  return { delivery, events, offsets, commits, notices, reports, room, mostActive: () => mostActive };
}

const failing = (...items: [string, number][]) => ({
  batchItemFailures: items.map(([partition, offset]) => ({ itemIdentifier: { partition, offset } })),
});

describe('positions', () => {
  test('a delivered batch moves the position past markers of transactions', async () => {
    const { delivery, commits } = harness({}, () => null);
    delivery.assign([{ topic: 't', partition: 0 }]);
    delivery.add('t', 0, records(0, [3, 4, 7]), 8);
    await waitUntil(() => commits.size > 0);
    expect(commits.get(0)).toEqual([9]);
  });

  test.each([
    ['reported', [[[0, 1, 2, 3]], [[1]], [[4]]], [1, 4, 5]],
    ['fromLowest', [[[0, 1, 2, 3]], [[1, 2, 3]], [[4]]], [1, 4, 5]],
    ['refilled', [[[0, 1, 2, 3]], [[1, 2, 3, 4]]], [1, 5]],
  ] as const)('a partial failure, %s', async (redelivery, expected, positions) => {
    const { delivery, offsets, commits } = harness({ redelivery, batchSize: 4 }, (_, count) =>
      count === 1 ? failing(['t-0', 1]) : {},
    );
    delivery.assign([{ topic: 't', partition: 0 }]);
    delivery.add('t', 0, records(0, range(5)), 4);
    await waitUntil(() => commits.get(0)?.at(-1) === 5);
    expect(offsets()).toEqual(expected);
    expect(commits.get(0)).toEqual(positions);
  });

  test('a failing partition does not stop another one', async () => {
    const { delivery, commits } = harness({ backoff: { initialMs: 60_000, maxMs: 60_000 } }, (event) =>
      event.records['t-0'] ? failing(['t-0', event.records['t-0'][0]?.offset ?? 0]) : null,
    );
    delivery.assign(range(2).map((partition) => ({ topic: 't', partition })));
    delivery.add('t', 0, records(0, [0]), 0);
    delivery.add('t', 1, records(1, range(30)), 29);
    await waitUntil(() => commits.get(1)?.at(-1) === 30);
    expect(commits.get(0)).toEqual([0]);
  });

  test('after a rebalance an invocation of before commits nothing, and its partition waits for it', async () => {
    const gate = Promise.withResolvers<void>();
    const { delivery, commits, offsets, mostActive } = harness({ pollers: 2 }, async (_, count) => {
      if (count === 1) await gate.promise;
    });
    delivery.assign([{ topic: 't', partition: 1 }]);
    delivery.add('t', 1, records(1, [0, 1]), 1);
    await waitUntil(() => offsets().length === 1);
    // Partition 1 belongs to the other, idle poller now.
    delivery.assign(range(2).map((partition) => ({ topic: 't', partition })));
    delivery.add('t', 1, records(1, [0, 1, 2]), 2);
    expect(offsets()).toHaveLength(1);
    gate.resolve();
    await waitUntil(() => commits.size > 0);
    expect(offsets()).toEqual([[[0, 1]], [[0, 1, 2]]]);
    expect(commits.get(1)).toEqual([3]);
    expect(mostActive()).toBe(1);
  });
});

describe('giving up', () => {
  test('after the last attempt the batch goes to the destination', async () => {
    const { delivery, notices, commits, offsets } = harness({ maxRetryAttempts: 2 }, () => {
      throw new TypeError('broken');
    });
    delivery.assign([{ topic: 't', partition: 0 }]);
    delivery.add('t', 0, records(0, [5, 6]), 6);
    await waitUntil(() => commits.get(0)?.at(-1) === 7);
    expect(offsets()).toHaveLength(3);
    expect(notices).toHaveLength(1);
    expect(notices[0]?.requestContext).toMatchObject({
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 3,
    });
    expect(notices[0]?.KafkaBatchInfo.recordsInfo['t-0']).toMatchObject({
      firstRecordOffset: '5',
      lastRecordOffset: '6',
    });
    expect(notices[0]?.payload.records['t-0']).toHaveLength(2);
  });

  test('a record over its age goes once it failed, the younger one stays', async () => {
    const { delivery, notices, offsets } = harness({ maxRecordAgeMs: 60_000 }, (_, count) => {
      if (count === 1) throw new Error('once');
    });
    delivery.assign([{ topic: 't', partition: 0 }]);
    delivery.add('t', 0, [record(0, 0, 'old', Date.now() - 90_000), record(0, 1)], 1);
    await waitUntil(() => offsets().length === 2);
    expect(offsets()).toEqual([[[0, 1]], [[1]]]);
    expect(notices.map(({ requestContext }) => requestContext.condition)).toEqual(['RecordAgeExceeded']);
  });

  test('a record that fits no event never reaches the function, and its neighbours do', async () => {
    const { delivery, notices, commits, offsets } = harness({ maxPayloadBytes: 2_000 }, () => null);
    delivery.assign([{ topic: 't', partition: 0 }]);
    delivery.add('t', 0, [record(0, 0), record(0, 1, 'x'.repeat(2_000)), record(0, 2)], 2);
    await waitUntil(() => commits.get(0)?.at(-1) === 3);
    expect(offsets().flat(2)).toEqual([0, 2]);
    expect(notices.map(({ requestContext }) => requestContext.condition)).toEqual(['MaximumPayloadSizeExceeded']);
  });
});

describe('reading ahead', () => {
  test('says when there is enough, and when there is room again', async () => {
    const gate = Promise.withResolvers<void>();
    const { delivery, room, commits } = harness({}, () => gate.promise);
    delivery.assign([{ topic: 't', partition: 0 }]);
    expect(delivery.add('t', 0, records(0, range(10)), 9)).toBe(true);
    expect(delivery.add('t', 0, records(0, range(19, 10)), 28)).toBe(true);
    expect(delivery.add('t', 0, records(0, range(10, 29)), 38)).toBe(false);
    expect(room).toEqual([]);
    gate.resolve();
    await waitUntil(() => commits.get(0)?.at(-1) === 39);
    expect(room.length).toBeGreaterThan(0);
  });

  test('the window gathers records that come one by one', async () => {
    const { delivery, offsets } = harness({ batchingWindowMs: 150 }, () => null);
    delivery.assign([{ topic: 't', partition: 0 }]);
    for (const offset of range(3)) delivery.add('t', 0, records(0, [offset]), offset);
    expect(offsets()).toEqual([]);
    await waitUntil(() => offsets().length > 0);
    expect(offsets()).toEqual([[[0, 1, 2]]]);
  });
});

test('whatever the function answers, nothing is skipped, reordered or committed too early', async () => {
  const settings = fc.record({
    redelivery: fc.constantFrom('reported' as const, 'fromLowest' as const, 'refilled' as const),
    batchSize: fc.integer({ min: 1, max: 7 }),
    pollers: fc.integer({ min: 1, max: 3 }),
    maxPayloadBytes: fc.constantFrom(1_000, 100_000),
  });
  const counts = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 4 });
  const moods = fc.array(fc.nat(5), { minLength: 1, maxLength: 10 });

  await fc.assert(
    fc.asyncProperty(settings, counts, moods, async (chosen, sizes, mood) => {
      const settled = new Map<number, Set<number>>(sizes.map((_, partition) => [partition, new Set()]));
      const busy = new Set<string>();
      // Collected, since whatever is thrown inside the function counts as its failure and is tried again.
      const wrong: string[] = [];
      const { delivery, commits, mostActive } = harness(
        chosen,
        async (event, count) => {
          for (const key of Object.keys(event.records)) {
            if (busy.has(key)) wrong.push(`${key} is in flight twice`);
            busy.add(key);
          }
          await new Promise((resolve) => setImmediate(resolve));
          for (const key of Object.keys(event.records)) busy.delete(key);
          const all = Object.values(event.records).flat();
          for (const list of Object.values(event.records)) {
            const offsets = list.map(({ offset }) => offset);
            if (offsets.some((offset, index) => offset <= (offsets[index - 1] ?? -1))) wrong.push(`order: ${offsets}`);
          }
          // 0-2: a failure of some kind, in turns; later everything succeeds, so that it ends.
          const kind = count <= 40 ? mood[count % mood.length] : 5;
          if (kind === 0) throw new Error('down');
          if (kind === 1) return failing(['t-99', 1]);
          const bad = kind === 2 ? all.filter(({ offset }) => (offset + count) % 3 === 0) : [];
          const lowest = (partition: number) =>
            Math.min(...bad.filter((one) => one.partition === partition).map((one) => one.offset));
          for (const one of all) {
            const again = chosen.redelivery === 'reported' ? bad.includes(one) : one.offset >= lowest(one.partition);
            if (!again) settled.get(one.partition)?.add(one.offset);
          }
          return failing(...bad.map((one): [string, number] => [`t-${one.partition}`, one.offset]));
        },
        (partition, offset) => {
          const missing = range(offset).filter((one) => !settled.get(partition)?.has(one));
          if (missing.length > 0) wrong.push(`${partition}: ${offset} committed without ${missing}`);
        },
      );
      delivery.assign(sizes.map((_, partition) => ({ topic: 't', partition })));
      sizes.forEach((size, partition) => {
        if (size > 0) delivery.add('t', partition, records(partition, range(size)), size - 1);
      });
      await waitUntil(() => sizes.every((size, partition) => size === 0 || commits.get(partition)?.at(-1) === size));
      expect(wrong).toEqual([]);
      for (const [partition, size] of sizes.entries()) {
        expect([...(settled.get(partition) ?? [])].sort((one, other) => one - other)).toEqual(range(size));
        const moves = commits.get(partition) ?? [];
        expect(moves).toEqual([...moves].sort((one, other) => one - other));
      }
      expect(mostActive()).toBeLessThanOrEqual(chosen.pollers);
    }),
    { numRuns: 60 },
  );
});
