import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutPartitions, toBatchResponse } from '../../../../functions/sink/batch-response.ts';

describe('the batch response', () => {
  it('hands back the first unsettled record of a partition and everything after it', () => {
    const items = [0, 1, 2, 3].flatMap((offset) => [
      { topic: 'a-b', partition: 0, offset },
      { topic: 'a-b', partition: 1, offset },
    ]);
    const verdicts = cutPartitions(items, ({ partition, offset }) => !(partition === 1 && offset === 2));
    expect(toBatchResponse(verdicts)).toEqual({
      batchItemFailures: [
        { itemIdentifier: { partition: 'a-b-1', offset: 2 } },
        { itemIdentifier: { partition: 'a-b-1', offset: 3 } },
      ],
    });
  });

  it('never omits an unsettled record, never settles past one, and names only records of the event', () => {
    const item = fc.record({
      topic: fc.constantFrom('a', 'b'),
      partition: fc.nat(2),
      offset: fc.nat(30),
      ok: fc.boolean(),
    });
    const identity = (each: { topic: string; partition: number; offset: number }) =>
      `${each.topic}-${each.partition}@${each.offset}`;
    fc.assert(
      fc.property(fc.uniqueArray(item, { selector: identity }), (items) => {
        const verdicts = cutPartitions(items, ({ ok }) => ok);
        const settled = verdicts.flatMap((verdict) => verdict.settled);
        const failures = toBatchResponse(verdicts).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
        expect(settled.every(({ ok }) => ok)).toBe(true);
        expect(settled.length + failures.length).toBe(items.length);
        for (const { partition, offset } of failures) {
          expect(items.some((each) => identity(each) === `${partition}@${offset}`)).toBe(true);
          expect(settled.some((each) => `${each.topic}-${each.partition}` === partition && each.offset > offset)).toBe(
            false,
          );
        }
      }),
    );
  });
});
