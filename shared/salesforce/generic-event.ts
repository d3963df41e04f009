import * as z from 'zod/mini';
import { genericObjectType } from '../bridge/captured-objects.ts';
import type { BayeuxEvent } from './bayeux-client.ts';
import { type DecodedEvent, undecodable } from './row-record.ts';

// https://developer.salesforce.com/docs/atlas.en-us.api_streaming.meta/api_streaming/generic_streaming_intro.htm
const genericEventSchema = z.object({
  event: z.object(
    {
      replayId: z.string('must be a text'),
      createdDate: z
        .string('must be a text')
        .check(z.refine((date) => !Number.isNaN(Date.parse(date)), 'must be a date')),
    },
    'must be an object',
  ),
  payload: z.unknown(),
});

/**
 * A generic event: its payload as it was pushed.
 *
 * @throws BridgeError SKB_DECODE_FAILED
 */
export function decodeGenericEvent(event: BayeuxEvent, orgId: string): DecodedEvent {
  const parsed = genericEventSchema.safeParse(event.data);
  if (!parsed.success) throw undecodable(event, parsed.error);
  const { event: meta, payload } = parsed.data;
  return {
    rows: [
      {
        channel: event.channel,
        replayId: event.replayId,
        orgId,
        object: genericObjectType(event.channel),
        type: 'created',
        fields: { payload },
        committedAt: Date.parse(meta.createdDate),
        headers: {},
      },
    ],
  };
}
