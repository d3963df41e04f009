import type { ObjectDescribe } from './describe.ts';

/** What was learnt from asking Salesforce for a describe again. */
export interface RefreshedDescribe {
  readonly describe: ObjectDescribe;
  /** Whether it differs from the one that was known. */
  readonly changed: boolean;
  /** Salesforce's time of it, an HTTP date: of two describes the later one counts. */
  readonly lastModified: string | undefined;
}

/** The describes of one org's objects, asked for once and again when they grew old. */
export interface DescribeCache {
  get(object: string): Promise<ObjectDescribe>;
  /**
   * Asks again at once, as after an answer that names an unknown field; callers in a hurry share one request. An object
   * that was asked for a moment ago is not asked again, so that bad data cannot cost a call per batch.
   */
  refresh(object: string): Promise<RefreshedDescribe>;
}

/** Asks Salesforce for one describe; undefined when it did not change since `knownFrom` (an HTTP date). */
export type FetchDescribe = (
  object: string,
  knownFrom: string | undefined,
) => Promise<{ readonly describe: ObjectDescribe; readonly lastModified: string | undefined } | undefined>;

interface DescribeCacheParts {
  readonly fetch: FetchDescribe;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** How long an answer is good. An administrator's new field is seen this late at the latest. @default 900000 */
  readonly expireAfterMs?: number;
  /** How long `refresh` is content with what was just asked. @default 60000 */
  readonly refreshAtMostEveryMs?: number;
}

interface Known {
  readonly describe: ObjectDescribe;
  readonly lastModified: string | undefined;
  readonly askedAt: number;
}

export function createDescribeCache({
  fetch,
  now,
  expireAfterMs = 15 * 60_000,
  refreshAtMostEveryMs = 60_000,
}: DescribeCacheParts): DescribeCache {
  const known = new Map<string, Known>();
  const pending = new Map<string, Promise<RefreshedDescribe>>();

  async function ask(object: string): Promise<RefreshedDescribe> {
    const before = known.get(object);
    const askedAt = now();
    const answer = await fetch(object, before?.lastModified);
    if (answer !== undefined) {
      known.set(object, { ...answer, askedAt });
      const changed = before !== undefined && JSON.stringify(before.describe) !== JSON.stringify(answer.describe);
      return { ...answer, changed };
    }
    if (before === undefined)
      throw new Error(`Salesforce answered "not modified" for an unknown describe of ${object}`);
    known.set(object, { ...before, askedAt });
    return { describe: before.describe, lastModified: before.lastModified, changed: false };
  }

  /** A failed look-up is not remembered; what is known stays. */
  function askOnce(object: string): Promise<RefreshedDescribe> {
    const asked = pending.get(object) ?? ask(object).finally(() => pending.delete(object));
    pending.set(object, asked);
    return asked;
  }

  return {
    async get(object) {
      const found = known.get(object);
      if (found !== undefined && now() - found.askedAt < expireAfterMs) return found.describe;
      return (await askOnce(object)).describe;
    },
    async refresh(object) {
      const found = known.get(object);
      if (found !== undefined && now() - found.askedAt < refreshAtMostEveryMs) {
        return { describe: found.describe, lastModified: found.lastModified, changed: false };
      }
      return askOnce(object);
    },
  };
}
