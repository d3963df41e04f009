/** Sorted, disjoint, inclusive ranges of offsets: `[[12, 14], [20, 20]]`. */
export type OffsetRanges = readonly OffsetRange[];
export type OffsetRange = readonly [first: number, last: number];

export function hasOffset(ranges: OffsetRanges, offset: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle] as OffsetRange;
    if (offset < first) high = middle - 1;
    else if (offset > last) low = middle + 1;
    else return true;
  }
  return false;
}

/** The union of sets; ranges that touch become one. */
export function joinRanges(...sets: readonly OffsetRanges[]): OffsetRanges {
  const joined: [number, number][] = [];
  for (const [first, last] of sets.flat().sort((a, b) => a[0] - b[0])) {
    const previous = joined.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

/** What of the set lies outside a range. */
export function rangesOutside(ranges: OffsetRanges, [from, to]: OffsetRange): OffsetRanges {
  return ranges.flatMap(([first, last]) => {
    const parts: OffsetRange[] = [
      [first, Math.min(last, from - 1)],
      [Math.max(first, to + 1), last],
    ];
    return parts.filter((part) => part[0] <= part[1]);
  });
}

/** As text of a few characters a range: differences in base 36, since offsets are long and ranges near each other. */
export function encodeRanges(ranges: OffsetRanges): string {
  let previous = 0;
  return ranges
    .map(([first, last]) => {
      const gap = (first - previous).toString(36);
      const length = (last - first).toString(36);
      previous = last;
      return length === '0' ? gap : `${gap}.${length}`;
    })
    .join(',');
}

export function decodeRanges(text: string): OffsetRanges {
  if (text === '') return [];
  let previous = 0;
  return text.split(',').map((each) => {
    const [gap = '0', length = '0'] = each.split('.');
    const first = previous + Number.parseInt(gap, 36);
    const last = first + Number.parseInt(length, 36);
    previous = last;
    return [first, last] as const;
  });
}
