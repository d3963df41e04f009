import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partitionBytes } from '../../../../local/aws/build-kafka-event.ts';
import { isOversize, planBatch, type WaitingPartition } from '../../../../local/aws/plan-batches.ts';

const limits = { maxRecords: 4, maxBytes: 1_000, windowMs: 500, envelopeBytes: 50 };
const now = 10_000;

function partition(key: string, count: number, more: { bytes?: number; receivedAt?: number; isRetry?: boolean } = {}) {
  const { bytes = 10, receivedAt = now, isRetry = false } = more;
  return { key, isRetry, records: Array.from({ length: count }, () => ({ bytes, receivedAt })) };
}

const delivers = (partitions: WaitingPartition[]) => {
  const plan = planBatch(partitions, limits, now);
  return plan.kind === 'deliver' ? Object.fromEntries(plan.counts) : plan;
};

describe('planBatch', () => {
  test.each<[string, WaitingPartition[], unknown]>([
    ['nothing waits', [], { kind: 'empty' }],
    ['partitions without records', [partition('a', 0)], { kind: 'empty' }],
    ['an open window', [partition('a', 1)], { kind: 'wait', dueAt: now + 500 }],
    [
      'the oldest record closes the window',
      [partition('a', 1), partition('b', 1, { receivedAt: now - 500 })],
      { a: 1, b: 1 },
    ],
    ['the record limit', [partition('a', 9)], { a: 4 }],
    ['exactly full', [partition('a', 4)], { a: 4 }],
    ['fair turns', [partition('a', 9), partition('b', 9)], { a: 2, b: 2 }],
    ['a short partition leaves its turns to the others', [partition('a', 1), partition('b', 9)], { a: 1, b: 3 }],
    [
      'the first in the list gets the odd turn',
      [partition('c', 9), partition('a', 9), partition('b', 9)],
      { c: 2, a: 1, b: 1 },
    ],
    ['the byte limit', [partition('a', 3, { bytes: 400 })], { a: 2 }],
    [
      'small records fill what a large one leaves',
      [partition('a', 2, { bytes: 500 }), partition('b', 2)],
      { a: 1, b: 2 },
    ],
    ['a retry waits for no window', [partition('a', 1, { isRetry: true })], { a: 1 }],
  ])('%s', (_, partitions, expected) => {
    expect(delivers(partitions)).toEqual(expected);
  });

  test('keeps every limit, takes from the front, and is never stuck', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 940 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(sizes, { minLength: 1, maxLength: 5 }), (lists) => {
        const partitions = lists.map((list, index) => ({
          key: `t-${index}`,
          isRetry: false,
          records: list.map((bytes) => ({ bytes, receivedAt: 0 })),
        }));
        const plan = planBatch(partitions, limits, now);
        if (plan.kind !== 'deliver') {
          expect(plan.kind).toBe('empty');
          expect(lists.flat()).toEqual([]);
          return;
        }
        let bytes = limits.envelopeBytes;
        let records = 0;
        for (const [key, count] of plan.counts) {
          const list = partitions.find((one) => one.key === key)?.records ?? [];
          expect(count).toBeGreaterThan(0);
          expect(count).toBeLessThanOrEqual(list.length);
          bytes += partitionBytes(key) + list.slice(0, count).reduce((sum, one) => sum + one.bytes, 0);
          records += count;
        }
        expect(records).toBeGreaterThan(0);
        expect(records).toBeLessThanOrEqual(limits.maxRecords);
        expect(bytes).toBeLessThanOrEqual(limits.maxBytes);
      }),
    );
  });
});

test('isOversize: what does not fit alone', () => {
  const room = limits.maxBytes - limits.envelopeBytes - partitionBytes('t-0');
  expect(isOversize('t-0', { bytes: room, receivedAt: 0 }, limits)).toBe(false);
  expect(isOversize('t-0', { bytes: room + 1, receivedAt: 0 }, limits)).toBe(true);
});
