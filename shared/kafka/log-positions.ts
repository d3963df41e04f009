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
