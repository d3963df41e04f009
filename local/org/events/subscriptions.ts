import type { FaultPlan } from '../faults/fault-plan.ts';
import type { OrgSettings } from '../settings.ts';
import { type AllocationKind, type Allocations, allocationOf } from './allocations.ts';
import {
  bayeuxErrors,
  cannotCreateChannel,
  invalidReplayId,
  noViewAll,
  unknownChannel,
  unknownFilterFields,
} from './bayeux-errors.ts';
import type { Channel } from './channels.ts';
import type { LoggedEvent } from './event-log.ts';
import type { EventPublisher } from './publisher.ts';
import type { StreamingAccess } from './streaming-access.ts';

/** One subscription of one client. `name` is what the client asked for, filter included; `channel` is where events come from. */
export interface Subscription {
  readonly name: string;
  readonly channel: string;
  readonly kind: AllocationKind;
  readonly filter: readonly (readonly [field: string, value: string])[];
  /** Fields of a PushTopic that the subscriber may not read; they are left out. */
  readonly hides?: ReadonlySet<string>;
  /** On a channel of several objects: whether the subscriber may see the events of this one. */
  readonly shows?: (objectName: string) => boolean;
}

export type SubscribeDecision =
  | { readonly error: string }
  | { readonly subscription: Subscription; readonly events: readonly LoggedEvent[]; readonly replayGiven: boolean };

export interface SubscribeRequest {
  readonly name: unknown;
  readonly replay: unknown;
  readonly userId: string;
  readonly username: string;
}

interface Deciders {
  readonly publisher: EventPublisher;
  readonly faults: FaultPlan;
  readonly settings: OrgSettings;
  readonly allocations: Allocations;
  readonly access: StreamingAccess;
  readonly subscriberCount: (channel: string) => number;
}

/**
 * Decides one subscription in the order of its errors: the channel's name and existence, the subscriber's rights, the filter,
 * the limits, and last whether the replay ID is still valid.
 */
export function decideSubscription(request: SubscribeRequest, deciders: Deciders): SubscribeDecision {
  const { name, replay, username } = request;
  const { publisher, faults, settings, allocations, access } = deciders;
  if (typeof name !== 'string' || name === '') return { error: bayeuxErrors.channelMissing };
  if (!name.startsWith('/')) return { error: bayeuxErrors.channelSlash };
  if (/^\/(meta|service)(\/|$)/.test(name)) return { error: bayeuxErrors.restrictedChannel };
  if (name.includes('*')) return { error: cannotCreateChannel(name) };
  const [channelName = '', query] = name.split('?', 2);
  const channel = publisher.channels.find(channelName) ?? genericChannel(channelName, request, deciders);
  if (typeof channel === 'string') return { error: channel };
  const refused = refusal(channel, username, access, settings);
  if (refused !== undefined) return { error: refused };
  const filter = [...new URLSearchParams(query ?? '')];
  const unknown = unknownFields(filter, channel);
  if (unknown.length > 0) return { error: unknownFilterFields(unknown) };
  const kind = allocationOf(channel.kind);
  if (allocations.isSpent(kind)) return { error: bayeuxErrors.dailyLimit };
  if (deciders.subscriberCount(channelName) >= settings.subscribersPerChannel) {
    return { error: bayeuxErrors.subscriptionLimit };
  }
  const from = replay === undefined ? -1 : replayIdOf(replay);
  if (from === undefined || faults.refusesReplay(channelName)) return { error: invalidReplayId(replay ?? -1) };
  const start = publisher.log(channelName).replay(from);
  if ('invalid' in start) return { error: invalidReplayId(replay) };
  const isShared = channel.kind === 'change' && channel.object === undefined;
  const shows = isShared ? { shows: (object: string) => access.mayViewAll(username, object) } : {};
  const hidden =
    channel.kind === 'topic' ? access.hiddenFields(username, channel.topic.query.object.name) : new Set<string>();
  const hides = hidden.size === 0 ? {} : { hides: hidden };
  const subscription = { name, channel: channelName, kind, filter, ...shows, ...hides };
  return { subscription, events: start.events, replayGiven: replay !== undefined };
}

/** Generic channels have errors of their own, and can come into being by being asked for. */
function genericChannel(name: string, { userId }: SubscribeRequest, deciders: Deciders): Channel | string {
  if (!name.startsWith('/u/')) return unknownChannel(name);
  const { generic } = deciders.publisher.channels;
  const { dynamicStreamingChannels, streamingChannels } = deciders.settings;
  if (generic.find(name) !== undefined) return bayeuxErrors.channelCase;
  if (!dynamicStreamingChannels) return bayeuxErrors.unknownGenericChannel;
  if (generic.count >= streamingChannels) return bayeuxErrors.channelLimit;
  return generic.create(name, userId) ? { kind: 'generic', name } : cannotCreateChannel(name);
}

function refusal(channel: Channel, username: string, access: StreamingAccess, settings: OrgSettings) {
  if (channel.kind === 'topic') {
    const { object, whereFields } = channel.topic.query;
    if (!access.mayRead(username, object.name)) return bayeuxErrors.noEntityAccess;
    const hidden = [...whereFields].some((field) => !access.mayRead(username, object.name, field));
    return hidden ? bayeuxErrors.noFilterAccess : undefined;
  }
  if (channel.kind !== 'change' || channel.object === undefined) return undefined;
  return access.mayViewAll(username, channel.object.name) ? undefined : noViewAll(settings.changeEventRefusal);
}

function unknownFields(filter: Subscription['filter'], channel: Channel): readonly string[] {
  const fields = channel.kind === 'topic' ? channel.topic.query.selected : [];
  const selected = new Set(fields.map((field) => field.name.toLowerCase()));
  return filter.map(([field]) => field).filter((field) => !selected.has(field.toLowerCase()));
}

/** Clients send replay IDs as numbers and as text. */
function replayIdOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : undefined;
}
