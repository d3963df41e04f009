import type { BayeuxEvent } from '../../shared/salesforce/bayeux-client.ts';
import { createEventOfSchema } from '../../shared/salesforce/event-schemas.ts';
import type { RestClient } from '../../shared/salesforce/rest-client.ts';
import type { EventOrigin } from './channel-subscription.ts';
import type { Clock } from './clock.ts';
import { type Delivery, toDelivery, toDraft } from './to-delivery.ts';

/** What events become, for one org. Whoever delivers them sees deliveries only, each one unit with its replay ID. */
export interface EventContent {
  /** In the order of the events. */
  toDeliveries(
    events: readonly { readonly event: BayeuxEvent; readonly subscription: EventOrigin }[],
    orgId: string,
  ): Promise<Delivery[]>;
}

interface EventContentParts {
  readonly rest: Pick<RestClient, 'request'>;
  readonly clock: Pick<Clock, 'date'>;
}

export function createEventContent({ rest, clock }: EventContentParts): EventContent {
  const eventOfSchema = createEventOfSchema(rest);
  return {
    async toDeliveries(events, orgId) {
      const context = { orgId, now: clock.date().getTime(), eventOfSchema };
      const deliveries: Delivery[] = [];
      for (const { event, subscription } of events) {
        deliveries.push(toDelivery(await toDraft(event, subscription, context)));
      }
      return deliveries;
    },
  };
}
