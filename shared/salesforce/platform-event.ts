import * as z from 'zod/mini';
import type { BayeuxEvent } from './bayeux-client.ts';
import { type DecodedEvent, undecodable } from './row-record.ts';

// https://developer.salesforce.com/docs/atlas.en-us.platform_events.meta/platform_events/platform_events_subscribe_cometd.htm
const text = z.string('must be a text');
const date = text.check(z.refine((value) => !Number.isNaN(Date.parse(value)), 'must be a date'));
const platformEventSchema = z.object({
  schema: z.optional(text),
  // Older, standard-volume events have no EventUuid.
  event: z.object({ replayId: text, EventUuid: z.optional(text) }, 'must be an object'),
  payload: z.looseObject({ CreatedDate: z.optional(date), EventDate: z.optional(date) }, 'must be an object'),
});

/**
 * A platform event as one created thing; it stands for no row.
 *
 * @param name of the event; undefined on a custom channel, whose messages name theirs by `schema` only.
 * @param now the time of an event that carries none.
 * @throws BridgeError SKB_DECODE_FAILED
 */
export function decodePlatformEvent(event: BayeuxEvent, orgId: string, name: string, now: number): DecodedEvent {
  const parsed = platformEventSchema.safeParse(event.data);
  if (!parsed.success) throw undecodable(event, parsed.error);
  const { schema, event: meta, payload } = parsed.data;
  const createdAt = payload.CreatedDate ?? payload.EventDate;
  return {
    rows: [
      {
        channel: event.channel,
        replayId: event.replayId,
        orgId,
        object: name,
        type: 'created',
        fields: payload,
        committedAt: createdAt === undefined ? now : Date.parse(createdAt),
        headers: { 'salesforce.event.uuid': meta.EventUuid, 'salesforce.schema.id': schema },
      },
    ],
  };
}
