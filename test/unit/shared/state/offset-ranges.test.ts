import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeRanges,
  encodeRanges,
  hasOffset,
  joinRanges,
  type OffsetRange,
  rangesOutside,
} from '../../../../shared/state/offset-ranges.ts';

const anyRange = fc
  .tuple(fc.nat({ max: 60 }), fc.nat({ max: 6 }))
  .map(([first, length]): OffsetRange => [first, first + length]);
const anyRanges = fc.array(anyRange, { maxLength: 12 }).map((ranges) => joinRanges(ranges));
const offsetsOf = (ranges: readonly OffsetRange[]) =>
  new Set(ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index)));

describe('sets of offsets as ranges', () => {
  it('take a few characters each, whatever their offsets', () => {
    const ranges: OffsetRange[] = [
      [9_000_000_000, 9_000_000_000],
      [9_000_000_002, 9_000_000_036],
    ];
    expect(encodeRanges(ranges)).toBe('44ud8g0,2.y');
    expect(decodeRanges('44ud8g0,2.y')).toEqual(ranges);
  });

  it('behave as sets', () => {
    fc.assert(
      fc.property(anyRanges, anyRanges, anyRange, (a, b, cut) => {
        expect(offsetsOf(joinRanges(a, b))).toEqual(offsetsOf(a).union(offsetsOf(b)));
        expect(offsetsOf(rangesOutside(a, cut))).toEqual(offsetsOf(a).difference(offsetsOf([cut])));
        for (let offset = 0; offset < 70; offset += 1) expect(hasOffset(a, offset)).toBe(offsetsOf(a).has(offset));
        expect(decodeRanges(encodeRanges(a))).toEqual(a);
      }),
    );
  });

  it('are kept as short as they can be', () => {
    fc.assert(
      fc.property(anyRanges, (ranges) => {
        for (const [index, [first]] of ranges.entries()) {
          if (index > 0) expect(first).toBeGreaterThan((ranges[index - 1]?.[1] ?? 0) + 1);
        }
      }),
    );
  });
});
