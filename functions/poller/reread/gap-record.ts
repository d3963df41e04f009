import type { Source } from '../../../shared/bridge/bridge.ts';
import { topicOfRecord } from '../../../shared/bridge/topics-of-source.ts';
import { toHeaders } from '../../../shared/kafka/headers.ts';
import type { OutgoingRecord } from '../../../shared/kafka/record-producer.ts';

/** A hole in what a source published, and what was done about it. */
export interface GapReport {
  readonly orgId: string;
  readonly channel: string;
  readonly object: string;
  readonly reason: 'replayLost' | 'overflow';
  readonly policy: Source['onReplayLost'] | undefined;
  /** Events committed in between are missing, ISO 8601; no end when they still are. */
  readonly from: string;
  readonly to: string | null;
  readonly replayId: string | undefined;
  /** Rows that were read and published again. */
  readonly rowsReread: number;
  readonly at: number;
}

/** What no re-read can bring back, in the words of the gap record. */
export const unrecoverable = {
  reread: [
    'states of rows that were overwritten in between',
    'rows that were created and deleted in between and left the recycle bin',
  ],
  nothingReread: ['every event in between'],
} as const;

/**
 * The record that says what a source's readers did not get. It stands for no row: its `_EventType` is `gap`, and a sink
 * passes over it.
 */
export function toGapRecord(gap: GapReport, source: Source): OutgoingRecord {
  const { orgId, channel, object, reason, policy, from, to, replayId, rowsReread, at } = gap;
  const recovered = policy === undefined || policy === 'resync';
  return {
    topic: source.gapTopic ?? topicOfRecord(source, { _ObjectType: object, _EventType: 'gap' }),
    key: JSON.stringify({ gap: channel }),
    value: JSON.stringify({
      _EventType: 'gap',
      _ObjectType: object,
      channel,
      reason,
      ...(policy === undefined ? {} : { onReplayLost: policy }),
      from,
      to,
      rowsReread,
      notRecovered: recovered ? unrecoverable.reread : unrecoverable.nothingReread,
    }),
    timestamp: at,
    // In a topic of records every reader has to see it, whichever partitions it reads.
    ...(source.gapTopic === undefined ? { everyPartition: true } : {}),
    headers: toHeaders({
      'bridge.source': source.name,
      'salesforce.org.id': orgId,
      'salesforce.channel': channel,
      'salesforce.lost.replay.id': replayId,
    }),
  };
}
