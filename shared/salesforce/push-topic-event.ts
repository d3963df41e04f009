import * as z from 'zod/mini';
import type { BayeuxEvent } from './bayeux-client.ts';
import { withFlatParts } from './compound-fields.ts';
import { type DecodedEvent, undecodable } from './row-record.ts';

// https://developer.salesforce.com/docs/atlas.en-us.api_streaming.meta/api_streaming/message_reference.htm
const text = z.string('must be a text');
const pushTopicEventSchema = z.object({
  event: z.object(
    {
      replayId: text,
      type: z.enum(['created', 'updated', 'deleted', 'undeleted'], 'is not a known event type'),
      createdDate: text.check(z.refine((date) => !Number.isNaN(Date.parse(date)), 'must be a date')),
      EventUuid: z.optional(text),
    },
    'must be an object',
  ),
  sobject: z.looseObject({ Id: text.check(z.minLength(1, 'must not be empty')) }, 'must be an object'),
});

/**
 * The row of a PushTopic event, in the shape of a Change Data Capture event's. The event does not name its object.
 *
 * @throws BridgeError SKB_DECODE_FAILED
 */
export function decodePushTopicEvent(event: BayeuxEvent, orgId: string, object: string): DecodedEvent {
  const parsed = pushTopicEventSchema.safeParse(event.data);
  if (!parsed.success) throw undecodable(event, parsed.error);
  const { event: meta, sobject } = parsed.data;
  return {
    rows: [
      {
        channel: event.channel,
        replayId: event.replayId,
        orgId,
        object,
        id: sobject.Id,
        type: meta.type,
        fields: withFlatParts(sobject),
        committedAt: Date.parse(meta.createdDate),
        headers: { 'salesforce.event.uuid': meta.EventUuid },
      },
    ],
  };
}
