import type { FaultPlan } from '../faults/fault-plan.ts';
import { bayeuxErrors, invalidReplayId, unknownChannel, unknownFilterFields } from './bayeux-errors.ts';
import type { LoggedEvent } from './event-log.ts';
import type { EventPublisher } from './publisher.ts';

/** One subscription of one client. `name` is what the client asked for, filter included; `channel` is where events come from. */
export interface Subscription {
  readonly name: string;
  readonly channel: string;
  readonly filter: readonly (readonly [field: string, value: string])[];
}

export type SubscribeDecision =
  | { readonly error: string }
  | { readonly subscription: Subscription; readonly events: readonly LoggedEvent[]; readonly replayGiven: boolean };

/** Decides one subscription: whether the channel exists, the filter fits the topic and the replay ID is still valid. */
export function decideSubscription(
  name: unknown,
  replay: unknown,
  publisher: EventPublisher,
  faults: FaultPlan,
): SubscribeDecision {
  if (typeof name !== 'string' || name === '') return { error: bayeuxErrors.channelMissing };
  if (!name.startsWith('/')) return { error: bayeuxErrors.channelSlash };
  const [channel = '', query] = name.split('?', 2);
  if (!publisher.channelExists(channel)) return { error: unknownChannel(channel) };
  const filter = [...new URLSearchParams(query ?? '')];
  const unknown = unknownFields(filter, channel, publisher);
  if (unknown.length > 0) return { error: unknownFilterFields(unknown) };
  const from = replay === undefined ? -1 : replayIdOf(replay);
  if (from === undefined || faults.refusesReplay(channel)) return { error: invalidReplayId(replay ?? -1) };
  const start = publisher.log(channel).replay(from);
  if ('invalid' in start) return { error: invalidReplayId(replay) };
  return { subscription: { name, channel, filter }, events: start.events, replayGiven: replay !== undefined };
}

function unknownFields(filter: Subscription['filter'], channel: string, publisher: EventPublisher): readonly string[] {
  if (filter.length === 0) return [];
  const topic = publisher.topics.find(channel.slice('/topic/'.length));
  const selected = new Set(topic?.query.selected.map((field) => field.name.toLowerCase()));
  return filter.map(([field]) => field).filter((field) => !selected.has(field.toLowerCase()));
}

/** Clients send replay IDs as numbers and as text. */
function replayIdOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : undefined;
}

/** The data message a subscription gets for an event, as JSON; undefined when its filter keeps the event away. */
export function messageFor(subscription: Subscription, event: LoggedEvent): string | undefined {
  return passes(subscription, event) ? JSON.stringify({ data: event.data, channel: subscription.name }) : undefined;
}

function passes({ filter }: Subscription, event: LoggedEvent): boolean {
  if (filter.length === 0) return true;
  const { sobject } = event.data as { readonly sobject?: Readonly<Record<string, unknown>> };
  const fields = new Map(Object.entries(sobject ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return filter.every(([field, value]) => {
    return String(fields.get(field.toLowerCase()) ?? '').toLowerCase() === value.toLowerCase();
  });
}
