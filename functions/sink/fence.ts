import { createHash } from 'node:crypto';
import type { HeldKey, HeldKeyStore } from '../../shared/state/held-keys.ts';
import { coalesce, type RowWrite } from './row-write.ts';

/** Keeps newer values away from rows whose last call was not answered. */
export interface Fence {
  /**
   * Whether a write may be made: yes; not before the fence passes; or only its first rows, which are what was sent before.
   */
  admit(
    write: RowWrite,
  ):
    | { readonly kind: 'yes' }
    | { readonly kind: 'firstRows'; readonly rows: number }
    | { readonly kind: 'no'; readonly until: number };
  /** Holds the rows of calls that were not answered; durable when it resolves. */
  hold(writes: readonly RowWrite[]): Promise<void>;
  readonly held: number;
}

const yes = { kind: 'yes' } as const;

/**
 * @param stored what the store holds.
 * @param now milliseconds since the epoch.
 */
export function createFence(
  store: Pick<HeldKeyStore, 'hold'>,
  stored: readonly HeldKey[],
  fenceMs: number,
  now: () => number,
): Fence {
  const held = new Map<string, HeldKey>();
  for (const each of stored) add(each);

  // Two unanswered calls of one row: nobody knows which comes last, so neither may be told apart from a newer value.
  function add(each: HeldKey): void {
    const earlier = held.get(each.key);
    if (earlier === undefined || earlier.digest === each.digest) held.set(each.key, each);
    else held.set(each.key, { ...each, digest: '', until: Math.max(earlier.until, each.until) });
  }

  return {
    get held() {
      return held.size;
    },
    admit(write) {
      if (write.key === undefined || held.size === 0) return yes;
      const hold = held.get(shortened(write.key));
      if (hold === undefined || hold.until <= now() || hold.digest === digestOf(write)) return yes;
      for (let rows = 1; rows < write.rows.length; rows += 1) {
        const [first, second] = coalesce(write.rows.slice(0, rows));
        if (first !== undefined && second === undefined && digestOf(first) === hold.digest) {
          return { kind: 'firstRows', rows };
        }
      }
      return { kind: 'no', until: hold.until };
    },
    async hold(writes) {
      const until = now() + fenceMs;
      const keys = writes.flatMap((write) =>
        write.key === undefined ? [] : [{ key: shortened(write.key), digest: digestOf(write), until }],
      );
      if (keys.length === 0) return;
      for (const each of keys) add(each);
      await store.hold(keys);
    },
  };
}

/** What was sent, so that it is known again; the values themselves are not stored. */
function digestOf({ operation, fields }: RowWrite): string {
  return shortened(JSON.stringify([operation, Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))]));
}

function shortened(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
