import type { OutgoingHeader } from './record-producer.ts';

/** Headers from texts by name, one group after the other; what is empty or absent gets none. */
export function toHeaders(
  ...all: readonly Readonly<Record<string, string | undefined>>[]
): (OutgoingHeader & { value: string })[] {
  const headers: (OutgoingHeader & { value: string })[] = [];
  for (const texts of all) {
    for (const name of Object.keys(texts)) {
      const value = texts[name];
      if (value !== undefined && value !== '') headers.push({ name, value });
    }
  }
  return headers;
}
