import type { BayeuxEvent } from '../../shared/salesforce/bayeux-client.ts';
import type { Bell } from './bell.ts';
import type { ChannelLease } from './channel-lease.ts';
import type { ChannelPublisher } from './channel-publisher.ts';
import type { EventOrigin } from './channel-subscription.ts';
import type { DeliveryWindow, WindowUnit } from './delivery-window.ts';

/** An event on its way through the poller. */
export interface ReceivedEvent extends WindowUnit {
  readonly event: BayeuxEvent;
  readonly orgId: string;
  readonly subscription: EventOrigin;
}

/** A channel while this task owns it and its producer is open: what the session fills and the channel's own loop empties. */
export interface ChannelHold {
  readonly lease: ChannelLease;
  readonly window: DeliveryWindow<ReceivedEvent>;
  readonly publisher: ChannelPublisher;
  /** Tells the channel's loop that there is something to do. */
  readonly bell: Bell;
  /** Room for more events; one that ran full has room again when half of it is published. */
  hasRoom(): boolean;
}

export function receivedEvent(event: BayeuxEvent, orgId: string, subscription: EventOrigin): ReceivedEvent {
  // The parsed event takes about as much as its text.
  return { event, orgId, subscription, replayId: event.replayId, bytes: 2 * event.text.length + 200 };
}

export function roomIn(
  window: Pick<DeliveryWindow<ReceivedEvent>, 'waitingBytes'>,
  bufferBytes: number,
): () => boolean {
  let full = false;
  return () => {
    full = full ? window.waitingBytes > bufferBytes / 2 : window.waitingBytes > bufferBytes;
    return !full;
  };
}
