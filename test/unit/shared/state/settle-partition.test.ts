import { describe, expect, it } from 'vitest';
import type { PartitionProgress } from '../../../../shared/state/partition-progress.ts';
import { continuationOf, settlePartition, wasSettled } from '../../../../shared/state/settle-partition.ts';

const day = 1_700_000_000_000;
const record = (offset: number, timestamp = day + offset) => ({ offset, timestamp });
const batch = (...offsets: number[]) => offsets.map((offset) => record(offset));

interface Told {
  readonly unsettled?: readonly number[];
  readonly puzzles?: readonly number[];
  readonly now?: number;
}
const settle = (from: PartitionProgress | undefined, offsets: readonly number[], told: Told = {}) =>
  settlePartition(from, {
    records: batch(...offsets),
    isSettled: ({ offset }) => !(told.unsettled ?? []).includes(offset),
    isPuzzle: ({ offset }) => (told.puzzles ?? []).includes(offset),
    orgId: 'org-a',
    now: told.now ?? 1,
  });

describe('a batch that is settled', () => {
  it('moves the settled offset to its end, over offsets that no record has', () => {
    const first = settle(undefined, [5, 6, 8]);
    expect(first).toMatchObject({ settledOffset: 8, watermarkTimestamp: day + 8 });
    expect(settle(first, [10, 11])).toMatchObject({ settledOffset: 11 });
    expect(first).not.toHaveProperty('holes');
  });

  it('never moves the watermark backwards', () => {
    const first = settle(undefined, [1, 2]);
    const late = settlePartition(first, { records: [record(3, 1)], isSettled: () => true, orgId: 'org-a', now: 1 });
    expect(late.watermarkTimestamp).toBe(day + 2);
  });
});

describe('a batch with holes', () => {
  const progress = settle(undefined, [5, 6, 7, 8, 9], { unsettled: [6, 8], puzzles: [8], now: 1000 });

  it('settles what lies below, between and above them', () => {
    expect([5, 6, 7, 8, 9, 10].filter((offset) => wasSettled(progress, { offset }))).toEqual([5, 7, 9]);
    expect(progress).toMatchObject({ settledOffset: 5, deliveredOffset: 9 });
  });

  it('remembers the lowest, since when, and how often we tried what nobody understands', () => {
    expect(progress.failing).toEqual({ offset: 6, since: 1000, attempts: { 8: 1 } });
    const again = settle(progress, [6, 7, 8, 9], { unsettled: [6, 8], puzzles: [8], now: 2000 });
    expect(again.failing).toEqual({ offset: 6, since: 1000, attempts: { 8: 2 } });
    const better = settle(again, [6, 7, 8, 9], { unsettled: [8], now: 3000 });
    expect(better.failing).toEqual({ offset: 8, since: 3000, attempts: { 8: 2 } });
    expect(settle(better, [8, 9])).not.toHaveProperty('failing');
  });

  it('forgets the attempts of what is settled while something before it still fails', () => {
    const better = settle(progress, [6, 7, 8, 9], { unsettled: [6] });
    expect(better.failing).toEqual({ offset: 6, since: 1000, attempts: {} });
  });

  it('closes them one after the other, however the platform cuts what it delivers again', () => {
    const closed = settle(progress, [6]);
    expect(closed).toMatchObject({ settledOffset: 7, holes: [[8, 8]] });
    expect(settle(closed, [8])).toMatchObject({ settledOffset: 9 });
  });

  it('stay open when later records come first', () => {
    const later = settle(progress, [10, 11]);
    expect(later).toMatchObject({ settledOffset: 5, deliveredOffset: 11 });
    expect(wasSettled(later, { offset: 6 })).toBe(false);
    expect(wasSettled(later, { offset: 11 })).toBe(true);
  });

  it('are gone when the topic no longer has them', () => {
    expect(settle(progress, [5, 9, 10])).toMatchObject({ settledOffset: 10 });
  });
});

describe('whether what is stored holds for a batch', () => {
  const progress = settle(undefined, [10, 11, 12, 13]);
  const kindOf = (records: readonly { offset: number; timestamp: number }[], orgId = 'org-a') =>
    continuationOf(progress, records, orgId).kind;

  it.each([
    ['later records', [record(14)], 'continues'],
    ['the same again', batch(10, 11, 12, 13), 'continues'],
    ['the same again and more', batch(12, 13, 14), 'continues'],
    ['the first record, with another time', [record(10, 5)], 'recreated'],
    ['the last record, with another time', [record(13, 5)], 'recreated'],
    ['old offsets, newer than all that was settled', [record(11, day + 99)], 'recreated'],
    ['offsets below the first', [record(0, 5)], 'recreated'],
  ])('%s: %s', (_, records, kind) => {
    expect(kindOf(records)).toBe(kind);
  });

  it('not when the rows went to another org', () => {
    expect(continuationOf(progress, batch(14), 'org-b')).toEqual({ kind: 'otherOrg', orgId: 'org-a' });
  });

  it('with items from before marks and orgs were stored, as far as they tell', () => {
    const old = { settledOffset: 13, watermarkTimestamp: day + 13 };
    expect(continuationOf(old, batch(12, 13), 'org-a').kind).toBe('continues');
    expect(continuationOf(old, [record(1, day + 99)], 'org-a').kind).toBe('recreated');
    expect(wasSettled(old, { offset: 13 })).toBe(true);
    expect(wasSettled(old, { offset: 14 })).toBe(false);
  });
});

it('keeps few marks, the first and the latest among them, however long it runs', () => {
  let progress: PartitionProgress | undefined;
  for (let offset = 0; offset < 5000; offset += 10) progress = settle(progress, [offset, offset + 9]);
  const offsets = progress?.marks?.map((mark) => mark.offset) ?? [];
  expect(offsets.length).toBeLessThanOrEqual(16);
  expect([offsets[0], offsets.at(-1)]).toEqual([0, 4999]);
  // Old offsets are still recognised somewhere in the middle.
  expect(offsets.filter((offset) => offset > 500 && offset < 4500).length).toBeGreaterThan(2);
});

it('keeps no more holes than an item has room for, and settles nothing that is not', () => {
  const offsets = Array.from({ length: 30_000 }, (_, offset) => offset);
  const unsettled = new Set(offsets.filter((offset) => offset % 2 === 1));
  const progress = settlePartition(undefined, {
    records: offsets.map((offset) => record(offset)),
    isSettled: ({ offset }) => !unsettled.has(offset),
    orgId: 'org-a',
    now: 1,
  });
  expect(progress.holes).toHaveLength(10_000);
  expect(offsets.filter((offset) => unsettled.has(offset) && wasSettled(progress, { offset }))).toEqual([]);
  expect(offsets.slice(0, 19_000).filter((offset) => wasSettled(progress, { offset }))).toHaveLength(9_500);
});
