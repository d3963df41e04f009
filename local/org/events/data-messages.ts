import type { LoggedEvent } from './event-log.ts';
import type { Subscription } from './subscriptions.ts';

/** The data message a subscription gets for an event, as JSON; undefined when it is kept away. */
export function messageFor(subscription: Subscription, event: LoggedEvent, userId: string): string | undefined {
  if (event.onlyFor !== undefined && !event.onlyFor.has(userId)) return undefined;
  if (!isShown(subscription, event) || !passes(subscription, event)) return undefined;
  if (subscription.hides !== undefined)
    return JSON.stringify({ data: without(subscription.hides, event), channel: subscription.name });
  event.json ??= JSON.stringify(event.data);
  return `{"data":${event.json},"channel":${JSON.stringify(subscription.name)}}`;
}

/** On a channel of several objects rights are looked at when an event is delivered, not when one subscribes. */
function isShown({ shows }: Subscription, { data }: LoggedEvent): boolean {
  if (shows === undefined) return true;
  const { payload } = data as {
    readonly payload: { readonly ChangeEventHeader: { readonly entityName: string } };
  };
  return shows(payload.ChangeEventHeader.entityName);
}

/** Fields hidden by field-level security are no part of the event. */
function without(hidden: ReadonlySet<string>, { data }: LoggedEvent) {
  const { sobject, ...rest } = data as { readonly sobject: Readonly<Record<string, unknown>> };
  return { ...rest, sobject: Object.fromEntries(Object.entries(sobject).filter(([name]) => !hidden.has(name))) };
}

function passes({ filter }: Subscription, event: LoggedEvent): boolean {
  if (filter.length === 0) return true;
  const { sobject } = event.data as { readonly sobject?: Readonly<Record<string, unknown>> };
  const fields = new Map(Object.entries(sobject ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return filter.every(([field, value]) => {
    return String(fields.get(field.toLowerCase()) ?? '').toLowerCase() === value.toLowerCase();
  });
}
