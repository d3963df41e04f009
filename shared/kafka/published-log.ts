import type { LogPositions } from './log-positions.ts';
import type { OutgoingRecord } from './record-producer.ts';

/** What tells one published record from every other: see {@link publishedIdentity}. */
export type PublishedIdentity = string & { readonly brand: 'PublishedIdentity' };

/** Looks up what of a channel is in the log already. */
export interface PublishedLog {
  /** Where each partition of the topics ends now. */
  ends(topics: readonly string[]): Promise<LogPositions>;
  /**
   * Reads the topics from the given positions to their present end, and only committed records, and collects which
   * records of the channel are there. A partition without a position is read from its beginning.
   *
   * @throws BridgeError SKB_KAFKA_UNAVAILABLE or SKB_KAFKA_DENIED
   */
  findPublished(search: PublishedSearch): Promise<ReadonlySet<PublishedIdentity>>;
}

export interface PublishedSearch {
  readonly channel: string;
  readonly topics: readonly string[];
  readonly from: LogPositions;
  /** Also everything whose record timestamp is not before this. */
  readonly since?: Date;
}

/** The headers that make up the identity of a record. */
export const identityHeaders = [
  'salesforce.org.id',
  'salesforce.channel',
  'salesforce.replay.id',
  'salesforce.fan.out.index',
  // A dead letter is stored once for each source.
  'bridge.source',
  // One that is too large for its topic, in parts.
  'bridge.part',
] as const;

/** Of a record that was made of a row that was read, or tells of a gap. */
export const rereadHeader = 'bridge.reread.id';

/**
 * Org, channel, replay ID and place in the fan-out, within a topic. Replay IDs mean nothing outside their org and channel,
 * so all of them count. What was read again has no replay ID: there the re-read and the key count. Undefined for a record
 * of neither kind.
 */
export function publishedIdentity({
  topic,
  key,
  headers,
}: Pick<OutgoingRecord, 'topic' | 'key' | 'headers'>): PublishedIdentity | undefined {
  const headerOf = (wanted: string) => headers.find(({ name }) => name === wanted)?.value.toString();
  const values = identityHeaders.map(headerOf);
  const [orgId, channel, replayId] = values;
  if (channel === undefined) return undefined;
  if (replayId === undefined) {
    const reread = headerOf(rereadHeader);
    if (reread === undefined || key === null) return undefined;
    return `${startOf(reread)}${JSON.stringify([topic, ...values, key.toString()])}` as PublishedIdentity;
  }
  if (orgId === undefined) return undefined;
  return JSON.stringify([topic, ...values]) as PublishedIdentity;
}

/** True for what belongs to no event, and so comes again with its re-read only. @param id of one re-read; any without it. */
export function isReread(identity: PublishedIdentity, id?: string): boolean {
  return identity.startsWith(id === undefined ? 'reread ' : startOf(id));
}

function startOf(reread: string): string {
  return `reread ${JSON.stringify(reread)} `;
}
