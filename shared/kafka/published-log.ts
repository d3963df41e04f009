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
] as const;

/**
 * Org, channel, replay ID and place in the fan-out, within a topic. Undefined for a record that belongs to no event.
 * Replay IDs mean nothing outside their org and channel, so all of them count.
 */
export function publishedIdentity({
  topic,
  headers,
}: Pick<OutgoingRecord, 'topic' | 'headers'>): PublishedIdentity | undefined {
  const values = identityHeaders.map((wanted) => headers.find(({ name }) => name === wanted)?.value.toString());
  const [orgId, channel, replayId] = values;
  if (orgId === undefined || channel === undefined || replayId === undefined) return undefined;
  return JSON.stringify([topic, ...values]) as PublishedIdentity;
}
