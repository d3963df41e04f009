import type { Source } from '../../shared/bridge/define-bridge.ts';
import type { ReplayFrom } from '../../shared/salesforce/bayeux-client.ts';
import type { ChannelPosition, ReplayId } from '../../shared/state/channel-store.ts';

/** Where a subscription starts, and which of its events are not to be delivered. */
export interface ReplayStart {
  readonly from: ReplayFrom;
  /** Events committed before it are dropped … */
  readonly notBefore?: Date;
  /** … for every source, or only for those with `initialStart: 'latest'`. */
  readonly notBeforeFor?: 'everySource' | 'latestSources';
}

/** A stored replay ID that Salesforce refused, and what was decided then. */
export interface ReplayLoss {
  readonly replayId: ReplayId;
  readonly policy: 'earliest' | 'latest';
  readonly at: Date;
  /** True when the channel was subscribed since. */
  readonly resumed: boolean;
}

type StartSettings = Pick<Source, 'initialStart' | 'onReplayLost'>;

/** The settings of a channel that several sources share: the one that loses less wins. */
export function mergeSettings(sources: readonly StartSettings[]): StartSettings {
  const policies = sources.map((source) => source.onReplayLost);
  return {
    initialStart: sources.some((source) => source.initialStart === 'earliest') ? 'earliest' : 'latest',
    onReplayLost: (['halt', 'earliest'] as const).find((policy) => policies.includes(policy)) ?? 'latest',
  };
}

/**
 * Decides where to subscribe.
 *
 * @param firstOpening true when the channel was never opened before.
 */
export function startFrom(
  position: ChannelPosition,
  firstOpening: boolean,
  initialStart: StartSettings['initialStart'],
  loss?: ReplayLoss,
): ReplayStart {
  if (loss !== undefined && loss.replayId === position.replayId) return startAfterLoss(loss);
  if (position.replayId !== undefined) return { from: position.replayId };
  if (firstOpening && initialStart === 'latest') return { from: 'latest' };
  // Opened before, but no event was committed since: "new events only" would skip what came between the sessions. So
  // everything retained is read again, and what lies before the opening is dropped.
  return { from: 'earliest', notBefore: new Date(position.openedAt), notBeforeFor: 'latestSources' };
}

function startAfterLoss({ policy, at, resumed }: ReplayLoss): ReplayStart {
  if (policy === 'earliest') return { from: 'earliest' };
  return resumed ? { from: 'earliest', notBefore: at, notBeforeFor: 'everySource' } : { from: 'latest' };
}

/** Commit times are whole seconds, and the clocks of bridge and Salesforce differ; an event more is better than one less. */
const CLOCK_TOLERANCE_MS = 5_000;

/** True when an event lies before the start and so is not the bridge's to deliver to this source. */
export function isBeforeStart(start: ReplayStart, source: StartSettings, committedAt: number): boolean {
  if (start.notBefore === undefined) return false;
  if (start.notBeforeFor === 'latestSources' && source.initialStart === 'earliest') return false;
  return committedAt < start.notBefore.getTime() - CLOCK_TOLERANCE_MS;
}
