import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PartitionProgress } from '../../../../shared/state/partition-progress.ts';
import { fromItem, toItem } from '../../../../shared/state/progress-item.ts';
import { settlePartition, wasSettled } from '../../../../shared/state/settle-partition.ts';

/** Offsets of a partition with gaps, as transactions and compaction leave them. */
const anyPartition = fc
  .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 30 })
  .map((steps) => steps.map((_, index) => steps.slice(0, index + 1).reduce((sum, step) => sum + step, 0)));

/** What happens to each delivery: how many records it has, which of them settle, and whether the write of progress is lost. */
const anyDelivery = fc.record({
  size: fc.integer({ min: 1, max: 8 }),
  settles: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  lost: fc.boolean(),
});

it('skips nothing unsettled and repeats nothing settled, whatever Lambda delivers again', () => {
  fc.assert(
    fc.property(
      anyPartition,
      fc.array(anyDelivery, { maxLength: 40 }),
      // AWS does not say which: only what was reported, or everything from the lowest reported offset on.
      fc.constantFrom('reported' as const, 'fromLowest' as const),
      (offsets, deliveries, reading) => {
        const settled = new Set<number>();
        let queue = offsets;
        let progress: PartitionProgress | undefined;
        for (const { size, settles, lost } of deliveries) {
          const records = queue.slice(0, size).map((offset) => ({ offset, timestamp: offset }));
          if (records.length === 0) break;
          for (const { offset } of records) {
            if (wasSettled(progress, { offset })) expect(settled).toContain(offset);
            else expect(settled).not.toContain(offset);
          }
          const now = new Set(
            records
              .filter((record, index) => settles[index] || wasSettled(progress, record))
              .map(({ offset }) => offset),
          );
          const failed = records.filter(({ offset }) => !now.has(offset)).map(({ offset }) => offset);
          // Whoever could not store progress hands everything back; nothing was settled then.
          if (lost) continue;
          const next = settlePartition(progress, {
            records,
            isSettled: ({ offset }) => now.has(offset),
            orgId: 'org',
            now: 1,
          });
          progress = fromItem({ ...toItem(next) });
          for (const offset of now) settled.add(offset);
          for (const offset of offsets) expect(wasSettled(progress, { offset })).toBe(settled.has(offset));
          for (const offset of offsets) if (offset <= progress.settledOffset) expect(settled).toContain(offset);
          const lowest = failed[0];
          const again =
            reading === 'reported' || lowest === undefined
              ? failed
              : records.filter(({ offset }) => offset >= lowest).map(({ offset }) => offset);
          queue = [...again, ...queue.slice(size)];
        }
        if (settled.size === offsets.length) expect(progress?.settledOffset).toBe(offsets.at(-1));
      },
    ),
    { numRuns: 500 },
  );
});
