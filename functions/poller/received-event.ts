import type { BayeuxEvent } from '../../shared/salesforce/bayeux-client.ts';
import type { WindowUnit } from './delivery-window.ts';
import type { EventOrigin } from './routed-source.ts';

/** An event on its way through the poller. */
export interface ReceivedEvent extends WindowUnit {
  readonly event: BayeuxEvent;
  readonly orgId: string;
  readonly subscription: EventOrigin;
}

export function receivedEvent(event: BayeuxEvent, orgId: string, subscription: EventOrigin): ReceivedEvent {
  // The parsed event takes about as much as its text.
  return { event, orgId, subscription, replayId: event.replayId, bytes: 2 * event.size + 200 };
}
