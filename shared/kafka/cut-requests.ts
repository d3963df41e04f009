import type { OutgoingRecord } from './record-producer.ts';

/** What a record takes besides its own bytes, generously: lengths, timestamps and the share of the batch's header. */
const overheadBytes = 100;

const shortText = 64;
/** Of a character as JavaScript counts them, in UTF-8. */
const mostBytesOfCharacter = 3;

/** Of a broker's message.max.bytes, 1 MiB by default, with something to spare. */
const partitionBytes = 900_000;

/**
 * Cuts records, in order, into requests that a broker takes. Its limit holds for all records of a partition in a request
 * (message.max.bytes: https://kafka.apache.org/documentation/#brokerconfigs_message.max.bytes), and a client that sends
 * more is refused for good. A record that is larger by itself goes alone.
 *
 * @param partitionOf records of which it is not known count as if they went to the same one. @default of none
 */
export function cutRequests(
  records: readonly OutgoingRecord[],
  maxBytes = partitionBytes,
  partitionOf: (record: OutgoingRecord) => string | undefined = () => undefined,
): OutgoingRecord[][] {
  const requests: OutgoingRecord[][] = [];
  const bytes = new Map<string | undefined, number>();
  let isFull = true;
  for (const record of records) {
    const partition = partitionOf(record);
    const size = recordBytes(record);
    if (isFull || (bytes.get(partition) ?? 0) + size > maxBytes) {
      requests.push([]);
      bytes.clear();
    }
    requests.at(-1)?.push(record);
    bytes.set(partition, (bytes.get(partition) ?? 0) + size);
    isFull = size > maxBytes;
  }
  return requests;
}

/** What a record takes in a request, generously. */
export function recordBytes({ key, value, headers }: OutgoingRecord): number {
  let bytes = overheadBytes + bytesOf(key ?? '') + bytesOf(value ?? '');
  // Names are ours, and plain.
  for (const header of headers) bytes += header.name.length + bytesOf(header.value) + 4;
  return bytes;
}

/** At least what it takes. A short text counts as if each character took the most: to look takes longer than it is worth. */
function bytesOf(value: Buffer | string): number {
  if (typeof value !== 'string') return value.length;
  return value.length > shortText ? Buffer.byteLength(value) : mostBytesOfCharacter * value.length;
}
