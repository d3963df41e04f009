import { earlierPositions, type LogPositions } from '../../shared/kafka/log-positions.ts';
import {
  isReread,
  type PublishedIdentity,
  type PublishedLog,
  publishedIdentity,
} from '../../shared/kafka/published-log.ts';
import type { OutgoingRecord } from '../../shared/kafka/record-producer.ts';

/** What the log holds of a channel already and must not come again: members of a set, and nothing else. */
export interface KnownPublished {
  /**
   * Looks up what was published behind the channel's position. The position does not wait for re-reads, so rows of
   * unfinished ones may lie before it.
   *
   * @param pages where the log stood before the rows of each unfinished re-read.
   * @returns how many records it found.
   */
  find(behind: LogPositions | undefined, pages: readonly LogPositions[]): Promise<number>;
  /** Also looks up what was published since a time, for events that come a second time. */
  learn(behind: LogPositions | undefined, since: Date): Promise<void>;
  /** Events count as new from now on, also those that the log holds. */
  forget(): void;
  /** True while the log holds events behind the position that have not come again yet. */
  readonly areAhead: boolean;
  /** Those of an event's records that the log does not hold; none is looked at when it holds none of any event. */
  missing(records: readonly OutgoingRecord[]): readonly OutgoingRecord[];
  /** The same for records that belong to no event. */
  missingReread(records: readonly OutgoingRecord[]): readonly OutgoingRecord[];
  /** These belong to no event and are in the log: should their re-read's progress not be stored, they come again. */
  addReread(records: readonly OutgoingRecord[]): void;
  /** The progress of a re-read is stored, so that what was published of it does not come again. */
  noted(rereadId: string): void;
  /**
   * An event came whose records these are. What the log holds once does not come again.
   *
   * @returns true when the log held one of them before.
   */
  settle(records: readonly OutgoingRecord[]): boolean;
}

interface KnownPublishedParts {
  readonly channel: string;
  /** Every topic that a record of the channel may go to. */
  readonly topics: readonly string[];
  readonly log: Pick<PublishedLog, 'findPublished'>;
}

export function createKnownPublished({ channel, topics, log }: KnownPublishedParts): KnownPublished {
  /** Published behind the position, before the producer was opened. */
  let behind = new Set<PublishedIdentity>();
  /** Published of re-reads since their progress was noted. */
  let reread = new Set<PublishedIdentity>();
  /** Published before the position, but not so long ago that it could not come again. */
  let lately: ReadonlySet<PublishedIdentity> = new Set();

  async function findFrom(from: LogPositions | undefined): Promise<PublishedIdentity[]> {
    return from === undefined ? [] : [...(await log.findPublished({ channel, topics, from }))];
  }

  function knowsEvents(): boolean {
    return behind.size > 0 || lately.size > 0;
  }

  function isMissing(record: OutgoingRecord): boolean {
    const identity = publishedIdentity(record);
    return identity === undefined || !(behind.has(identity) || lately.has(identity) || reread.has(identity));
  }

  return {
    async find(position, [firstPage, ...otherPages]) {
      const found = await findFrom(position);
      const ofPages = await findFrom(firstPage && otherPages.reduce(earlierPositions, firstPage));
      behind = new Set(found.filter((each) => !isReread(each)));
      reread = new Set([...found, ...ofPages].filter((each) => isReread(each)));
      return behind.size + reread.size;
    },
    async learn(position, since) {
      lately = await log.findPublished({ channel, topics, from: position ?? {}, since });
    },
    forget() {
      behind = new Set();
      lately = new Set();
    },
    get areAhead() {
      return behind.size > 0;
    },
    missing: (records) => (knowsEvents() ? records.filter(isMissing) : records),
    missingReread: (records) => records.filter(isMissing),
    addReread(records) {
      for (const record of records) {
        const identity = publishedIdentity(record);
        if (identity !== undefined) reread.add(identity);
      }
    },
    noted(rereadId) {
      for (const each of reread) if (isReread(each, rereadId)) reread.delete(each);
    },
    settle(records) {
      if (!knowsEvents()) return false;
      const identities = records.flatMap((each) => publishedIdentity(each) ?? []);
      const wasHeld = identities.some((each) => behind.has(each) || lately.has(each));
      for (const each of identities) behind.delete(each);
      return wasHeld;
    },
  };
}
