import type { Source } from '../../shared/bridge/bridge.ts';
import type { ReplayFrom } from '../../shared/salesforce/bayeux-client.ts';
import type { ResolvedCapture } from '../../shared/salesforce/channels.ts';
import type { ChannelPosition } from '../../shared/state/channel-store.ts';

/** Where a subscription starts, and which of its events are not to be delivered. */
export interface ReplayStart {
  readonly from: ReplayFrom;
  /** Events committed before it were received already, or never owed. */
  readonly notBefore?: Date;
  /** The same for sources with `initialStart: 'latest'` only. */
  readonly notBeforeForLatest?: Date;
}

/** A stored replay ID that Salesforce refused. */
export interface LostPosition {
  readonly replayId: string;
  readonly policy: 'resync' | 'earliest' | 'latest' | 'halt';
  /** Everything before it was delivered. */
  readonly deliveredUntil: Date;
  readonly at: Date;
}

type StartSettings = Pick<Source, 'initialStart' | 'onReplayLost'>;

/** The settings of a channel that several sources share: the one that loses less wins. */
export function mergeSettings(sources: readonly StartSettings[]): StartSettings {
  const policies = sources.map((source) => source.onReplayLost);
  return {
    initialStart: sources.some((source) => source.initialStart === 'earliest') ? 'earliest' : 'latest',
    onReplayLost: (['halt', 'resync', 'earliest'] as const).find((policy) => policies.includes(policy)) ?? 'latest',
  };
}

const MINUTES = 60_000;
const HOURS = 60 * MINUTES;

/** Events are published some time after their commit, in bad hours minutes after; an event more is better than one less. */
const COVERAGE_OVERLAP_MS = 10 * MINUTES;
/** Commit times are whole seconds, and so is the time of Salesforce's answers. */
const OPENING_OVERLAP_MS = 30_000;

/** A channel that was opened at this time owes everything that Salesforce still keeps. */
export const sinceEver = new Date(0).toISOString();

/** The position of a channel that was never read: where it starts is remembered before its first event comes. */
export function openAt(
  position: ChannelPosition,
  settings: StartSettings,
  { orgId, now }: { readonly orgId: string; readonly now: Date },
): ChannelPosition {
  const at = now.toISOString();
  return { ...position, orgId, openedAt: at, ...(settings.initialStart === 'latest' ? { coveredUntil: at } : {}) };
}

/** Where to subscribe a channel that was opened before. */
export function startFrom(position: ChannelPosition): ReplayStart {
  if (position.replayId !== undefined) return { from: position.replayId };
  // Opened, but no event was committed since: "new events only" would skip what came between the sessions. So everything
  // retained is read again, without what lies before.
  return startCovered(position);
}

/** Reads everything retained again, and drops what was received before. */
export function startCovered({ coveredUntil, openedAt }: ChannelPosition): ReplayStart {
  return {
    from: 'earliest',
    ...(coveredUntil === undefined ? {} : { notBefore: before(coveredUntil, COVERAGE_OVERLAP_MS) }),
    ...(openedAt === undefined ? {} : { notBeforeForLatest: before(openedAt, OPENING_OVERLAP_MS) }),
  };
}

function before(time: string, ms: number): Date {
  return new Date(Date.parse(time) - ms);
}

/** Everything committed since then is retained for certain, and still will be in the moment that it takes to subscribe. */
export function keptSince(now: Date, retentionMs: number): Date {
  return new Date(now.getTime() - retentionMs + COVERAGE_OVERLAP_MS);
}

/**
 * Whether a refused replay ID costs nothing: all that was committed since the channel was last covered is still retained,
 * so reading it again from the start of retention leaves no hole. So it is for a channel that was quiet for long.
 */
export function isCovered({ coveredUntil }: ChannelPosition, retentionMs: number, now: Date): boolean {
  return coveredUntil !== undefined && Date.parse(coveredUntil) > keptSince(now, retentionMs).getTime();
}

/**
 * How long Salesforce keeps events at least: high-volume platform events for 72 hours too, but an old one for 24, and
 * nothing tells which it is.
 * https://developer.salesforce.com/docs/atlas.en-us.api_streaming.meta/api_streaming/using_streaming_api_durability.htm
 */
export function retentionMs(capturedThrough: ResolvedCapture['capturedThrough']): number {
  return capturedThrough === 'changeDataCapture' ? 72 * HOURS : 24 * HOURS;
}

/** The position after a loss that is not made up for: everything retained again, or only what is new. */
export function positionAfterLoss(
  { logPositions }: ChannelPosition,
  policy: 'resync' | 'earliest' | 'latest',
  { orgId, now }: { readonly orgId: string; readonly now: Date },
): ChannelPosition {
  const log = logPositions === undefined ? {} : { logPositions };
  const at = now.toISOString();
  return policy !== 'latest'
    ? { ...log, orgId, openedAt: sinceEver }
    : { ...log, orgId, openedAt: at, coveredUntil: at };
}

/** True when an event lies before the start and so is not the bridge's to deliver to this source. */
export function isBeforeStart(start: ReplayStart, source: StartSettings, committedAt: number): boolean {
  if (start.notBefore !== undefined && committedAt < start.notBefore.getTime()) return true;
  if (source.initialStart === 'earliest' || start.notBeforeForLatest === undefined) return false;
  return committedAt < start.notBeforeForLatest.getTime();
}
