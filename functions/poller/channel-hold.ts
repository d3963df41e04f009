import type { Bell } from './bell.ts';
import type { ChannelLease } from './channel-lease.ts';
import type { ChannelPublisher } from './channel-publisher.ts';
import type { DeliveryWindow } from './delivery-window.ts';
import type { ReceivedEvent } from './received-event.ts';

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
