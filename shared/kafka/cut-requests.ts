import type { OutgoingRecord } from './record-producer.ts';

/** What a record takes besides its own bytes, generously: lengths, timestamps and the share of the batch's header. */
const overheadBytes = 100;

const shortText = 64;

/**
 * Cuts records, in order, into requests that a broker takes. Its limit holds for all records of a partition in a request
 * (message.max.bytes, 1 MiB by default: https://kafka.apache.org/documentation/#brokerconfigs_message.max.bytes), and a
 * client that sends more is refused for good. A record that is larger by itself goes alone.
 */
export function cutRequests(records: readonly OutgoingRecord[], maxBytes = 900_000): OutgoingRecord[][] {
  const requests: OutgoingRecord[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const size = recordBytes(record);
    if (bytes + size > maxBytes) {
      requests.push([]);
      bytes = 0;
    }
    requests.at(-1)?.push(record);
    bytes += size;
  }
  return requests;
}

/** What a record takes in a request, generously. */
export function recordBytes({ key, value, headers }: OutgoingRecord): number {
  let bytes = overheadBytes + lengthOf(key ?? '') + lengthOf(value ?? '');
  // Names are ours, and plain.
  for (const header of headers) bytes += header.name.length + lengthOf(header.value) + 4;
  return bytes;
}

/** In bytes. A short text is counted here: the call for it takes longer, and a record has two dozen of them. */
function lengthOf(value: Buffer | string): number {
  if (typeof value !== 'string') return value.length;
  if (value.length > shortText) return Buffer.byteLength(value);
  for (let at = 0; at < value.length; at += 1) if (value.charCodeAt(at) > 0x7f) return Buffer.byteLength(value);
  return value.length;
}
