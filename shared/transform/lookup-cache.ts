export interface CacheOptions {
  /** How long a found thing is used again. @default 300 */
  readonly seconds?: number;
  /** How long a key counts as not found. @default 30 */
  readonly missingSeconds?: number;
  /** Things kept at most, the longest unused go first. @default 10000 */
  readonly entries?: number;
}

interface Entry<Found> {
  readonly found: Found | undefined;
  readonly until: number;
}

/** Remembers what look-ups found, and what they did not find, for a while. */
export interface LookupCache<Found> {
  get(key: string, now: number): { readonly found: Found | undefined } | undefined;
  put(key: string, found: Found | undefined, now: number): void;
}

export function createLookupCache<Found>({
  seconds = 300,
  missingSeconds = 30,
  entries = 10_000,
}: CacheOptions): LookupCache<Found> {
  const kept = new Map<string, Entry<Found>>();
  return {
    get(key, now) {
      const entry = kept.get(key);
      if (entry === undefined) return undefined;
      kept.delete(key);
      if (entry.until <= now) return undefined;
      // A map keeps the order of insertion, so what was used last goes last.
      kept.set(key, entry);
      return entry;
    },
    put(key, found, now) {
      kept.delete(key);
      kept.set(key, { found, until: now + (found === undefined ? missingSeconds : seconds) * 1000 });
      if (kept.size <= entries) return;
      const [oldest] = kept.keys();
      if (oldest !== undefined) kept.delete(oldest);
    },
  };
}
