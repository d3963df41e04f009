import type { KafkaRecord } from '../kafka/kafka-record.ts';

/** Which records of one partition a state contains. */
export interface ContainedOffsets {
  /** Everything of the key at or below it is contained. */
  readonly floor: number;
  /** Contained above the floor, ascending. */
  readonly offsets: readonly number[];
  /** Latest timestamp among the contained records. */
  readonly newest: number;
}

/** By `<topic>-<partition>`. */
export type Contained = Readonly<Record<string, ContainedOffsets>>;

/**
 * Offsets kept one by one. Kafka delivers a partition in order, so what is older than that many records of one key has long
 * been delivered, and the size of the state stays bounded.
 */
const keptOffsets = 64;

export function isContained(contained: Contained, record: KafkaRecord): boolean {
  const known = contained[placeOf(record)];
  if (known === undefined) return false;
  // Newer than everything contained: the topic was deleted and made again, and its offsets began anew.
  if (record.timestamp > known.newest && record.offset <= (known.offsets.at(-1) ?? known.floor)) return false;
  return record.offset <= known.floor || known.offsets.includes(record.offset);
}

export function addContained(contained: Contained, record: KafkaRecord): Contained {
  const place = placeOf(record);
  const known = contained[place];
  const isNewTopic =
    known !== undefined && record.offset <= (known.offsets.at(-1) ?? known.floor) && record.timestamp > known.newest;
  if (known === undefined || isNewTopic) {
    return { ...contained, [place]: { floor: -1, offsets: [record.offset], newest: record.timestamp } };
  }
  const offsets = [...known.offsets, record.offset].sort((a, b) => a - b);
  const dropped = offsets.slice(0, Math.max(0, offsets.length - keptOffsets));
  return {
    ...contained,
    [place]: {
      floor: dropped.at(-1) ?? known.floor,
      offsets: offsets.slice(dropped.length),
      newest: Math.max(known.newest, record.timestamp),
    },
  };
}

function placeOf({ topic, partition }: KafkaRecord): string {
  return `${topic}-${partition}`;
}
