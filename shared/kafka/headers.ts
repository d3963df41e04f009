import type { RecordHeader } from './kafka-record.ts';

/** Headers from texts by name; what is empty or absent gets none. */
export function toHeaders(headers: Readonly<Record<string, string | undefined>>): RecordHeader[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [{ name, value: Buffer.from(value) }],
  );
}
