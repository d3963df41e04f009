import type { OutgoingHeader } from './record-producer.ts';

/** Headers from texts by name; what is empty or absent gets none. */
export function toHeaders(texts: Readonly<Record<string, string | undefined>>): (OutgoingHeader & { value: string })[] {
  const headers: (OutgoingHeader & { value: string })[] = [];
  for (const name of Object.keys(texts)) {
    const value = texts[name];
    if (value !== undefined && value !== '') headers.push({ name, value });
  }
  return headers;
}
