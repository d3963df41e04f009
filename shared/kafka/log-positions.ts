/** Where the next record of each partition will stand, by topic and partition. */
export type LogPositions = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The later position of each partition. */
export function laterPositions(one: LogPositions, other: LogPositions): LogPositions {
  const merged: Record<string, Record<string, number>> = {};
  for (const positions of [one, other]) {
    for (const [topic, partitions] of Object.entries(positions)) {
      const known = merged[topic] ?? {};
      merged[topic] = known;
      for (const [partition, offset] of Object.entries(partitions)) {
        known[partition] = Math.max(known[partition] ?? 0, offset);
      }
    }
  }
  return merged;
}

/** The earlier position of each partition; none for one that either does not name, which means its beginning. */
export function earlierPositions(one: LogPositions, other: LogPositions): LogPositions {
  return Object.fromEntries(
    Object.entries(one).flatMap(([topic, partitions]) => {
      const others = other[topic];
      if (others === undefined) return [];
      const both = Object.entries(partitions).flatMap(([partition, offset]): [string, number][] => {
        const otherOffset = others[partition];
        return otherOffset === undefined ? [] : [[partition, Math.min(offset, otherOffset)]];
      });
      return [[topic, Object.fromEntries(both)]];
    }),
  );
}
