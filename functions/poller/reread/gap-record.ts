import type { Source } from '../../../shared/bridge/bridge.ts';
import { topicOfRecord } from '../../../shared/bridge/topics-of-source.ts';
import { toHeaders } from '../../../shared/kafka/headers.ts';
import { rereadHeader } from '../../../shared/kafka/published-log.ts';
import type { OutgoingRecord } from '../../../shared/kafka/record-producer.ts';
import { type ConnectSchemaJson, inEnvelope, structSchema } from '../../../shared/salesforce/connect-schema.ts';
import { envelopeOf } from '../../../shared/salesforce/source-record.ts';

/** A hole in what a source published, and what was done about it. */
export interface GapReport {
  readonly orgId: string;
  readonly channel: string;
  readonly object: string;
  readonly reason: 'replayLost' | 'overflow' | 'drift';
  readonly policy: Source['onReplayLost'] | undefined;
  /** Events committed in between are missing, ISO 8601; no end when they still are. */
  readonly from: string;
  readonly to: string | null;
  readonly replayId: string | undefined;
  /** Rows that were read and published again. */
  readonly rowsReread: number;
  readonly rereadId: string;
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

const text = { schema: { type: 'string', optional: true } } as const;
const texts: { readonly schema: ConnectSchemaJson } = {
  schema: { type: 'array', items: { type: 'string', optional: false }, optional: true },
};
const gapKeySchema = structSchema('GapKey', [['gap', text]], false);
const gapSchema = structSchema(
  'Gap',
  [
    ['_EventType', text],
    ['_ObjectType', text],
    ['channel', text],
    ['reason', text],
    ['onReplayLost', text],
    ['from', text],
    ['to', text],
    ['rowsReread', { schema: { type: 'int64', optional: true } }],
    ['notRecovered', texts],
  ],
  false,
);

/**
 * The record that says what a source's readers did not get. It stands for no row: its `_EventType` is `gap`, and a sink
 * passes over it.
 */
export function toGapRecord(gap: GapReport, source: Source): OutgoingRecord {
  const { orgId, channel, object, reason, policy, from, to, replayId, rowsReread, rereadId, at } = gap;
  const recovered = policy === undefined || policy === 'resync';
  return {
    topic: source.gapTopic ?? topicOfRecord(source, { _ObjectType: object, _EventType: 'gap' }),
    ...inForm(source, JSON.stringify({ gap: channel }), {
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
      [rereadHeader]: rereadId,
    }),
  };
}

/** A reader whose converter expects schemas fails on a record without one. */
function inForm(source: Source, key: string, value: object): Pick<OutgoingRecord, 'key' | 'value'> {
  const payload = JSON.stringify(value);
  if (source.format !== 'connect') return { key, value: payload };
  const envelope = envelopeOf(source);
  return {
    key: envelope.key ? inEnvelope(JSON.stringify(gapKeySchema), key) : key,
    value: envelope.value ? inEnvelope(JSON.stringify(gapSchema), payload) : payload,
  };
}
