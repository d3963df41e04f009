import type { PollerSettings } from '../../shared/bridge/bridge.ts';
import { asBridgeError } from '../../shared/errors/bridge-error.ts';
import type { ChannelProducerFactory, DeliveryGuarantee } from '../../shared/kafka/channel-producer.ts';
import type { PublishedLog } from '../../shared/kafka/published-log.ts';
import type { ChannelKey, ChannelStore } from '../../shared/state/channel-store.ts';
import type { LatelyWritten } from '../../shared/state/lately-written.ts';
import type { ObjectStore } from '../../shared/state/object-store.ts';
import type { RereadStore } from '../../shared/state/reread-store.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { Measure, PollerMetric } from '../../shared/telemetry/metrics.ts';
import { type Bell, createBell } from './bell.ts';
import { createChannelContent } from './channel-content.ts';
import { createChannelSubscription } from './channel-subscription.ts';
import type { Clock } from './clock.ts';
import type { Counters } from './counters.ts';
import type { Health, OrgState } from './health.ts';
import { createMeasurePoller, type WhatIsLeft } from './measure-poller.ts';
import type { PollerOrg } from './poller-org.ts';
import { createPushTopicProvider } from './provide-push-topics.ts';
import { createFailureStreak } from './reconnect-policy.ts';
import { retentionLeft } from './retention-left.ts';
import { type RoutedSource, routeSources } from './routed-source.ts';
import { type RunChannelParts, runChannel } from './run-channel.ts';
import { PausedOnPurpose, type StreamedChannel, streamSession } from './stream-session.ts';
import { createDeliveryAllowance, type DeliveryAllowance } from './watch-deliveries.ts';

export interface PollerParts {
  readonly producers: ChannelProducerFactory;
  readonly log: PublishedLog;
  readonly channels: ChannelStore;
  readonly rereads: RereadStore;
  readonly objects: ObjectStore;
  readonly written: Pick<LatelyWritten, 'find'>;
  /** Names under which sinks of this bridge write. */
  readonly ourClients: ReadonlySet<string>;
  /** Names this task in leases, and only this one. */
  readonly owner: string;
  readonly transactionalIdOf: (key: ChannelKey) => string;
  readonly deliveryOf: (sources: readonly RoutedSource[]) => DeliveryGuarantee;
  readonly settings: PollerSettings;
  readonly health: Health;
  readonly counters: Counters;
  /** @default nothing is measured */
  readonly measure?: Measure<PollerMetric>;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly logger: Logger;
  /** How long a change may take from its commit to here. @default 5000 */
  readonly settleMs?: number;
}

const COUNTERS_INTERVAL_MS = 30_000;

/**
 * Streams every org until the signal says to drain: what was received by then is published and committed first. Orgs do
 * not see each other's trouble.
 *
 * @throws BridgeError SKB_BUG only; everything else is waited out.
 */
export async function runPoller(orgs: readonly PollerOrg[], parts: PollerParts, signal: AbortSignal): Promise<void> {
  await parts.health.begin();
  const read = orgs.map((org) => openOrg(org, parts));
  const measure = createMeasurePoller({
    measure: () => undefined,
    ...parts,
    date: parts.clock.date,
    left: () => whatIsLeft(read, parts.clock.date()),
  });
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  const streams = read.map(async (each) => {
    try {
      await runOrg(each, parts, stopped);
    } catch (error) {
      stop.abort();
      throw error;
    }
  });
  while (!stopped.aborted) {
    await parts.clock.wait(COUNTERS_INTERVAL_MS, stopped);
    if (stopped.aborted) break;
    parts.logger.info('counters', { ...parts.counters.read() });
    measure();
    await parts.health.beat();
  }
  const ends = await Promise.allSettled(streams);
  measure();
  parts.logger.info('counters at the end', { ...parts.counters.read() });
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** The channels of an org, each owned when it can be had, and one session that carries those that are. */
async function runOrg({ org, channels, allowance }: OpenOrg, parts: PollerParts, signal: AbortSignal): Promise<void> {
  const changed = createBell();
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  const runs = [
    ...channels.map((channel) => runChannel(channel, runChannelParts(parts), changed.ring, stopped)),
    streamOrg(org, channels, parts, changed, stopped),
    allowance.watch(stopped),
  ].map(async (run) => {
    try {
      await run;
    } catch (error) {
      stop.abort();
      throw error;
    }
  });
  for (const end of await Promise.allSettled(runs)) if (end.status === 'rejected') throw end.reason;
}

/** One session after the other, with a pause by cause between them; none without a channel that could be read. */
async function streamOrg(
  org: PollerOrg,
  channels: readonly StreamedChannel[],
  parts: PollerParts,
  changed: Bell,
  signal: AbortSignal,
): Promise<void> {
  const { clock, health, logger } = parts;
  const failures = createFailureStreak(parts.random);
  while (!signal.aborted) {
    const state = stateOf(channels);
    await health.report(org.name, state);
    // It may have changed while it was written.
    if (stateOf(channels) !== state) continue;
    if (!channels.some(({ hold }) => hold?.hasRoom())) {
      await changed.rung(clock, COUNTERS_INTERVAL_MS, signal);
      continue;
    }
    const startedAt = clock.now();
    try {
      await streamSession(org, channels, parts, changed, signal);
    } catch (cause) {
      if (signal.aborted) return;
      if (cause instanceof PausedOnPurpose) {
        logger.info('session ended on purpose', { org: org.name, without: cause.channels });
        continue;
      }
      const error = asBridgeError(cause);
      if (error.code === 'SKB_BUG') throw error;
      failures.worked(clock.now() - startedAt);
      const { pauseMs, repeated } = failures.failed(error);
      const fields = { org: org.name, ...errorFields(error), retryInMs: Math.round(pauseMs) };
      if (error.disposition !== 'halt') logger.warn('session lost', fields);
      else if (repeated) logger.debug('org still waits', fields);
      else logger.error('org waits', fields);
      if (error.code === 'SKB_AUTH_REJECTED') await health.report(org.name, 'waiting-for-credentials');
      else await health.report(org.name, stateOf(channels));
      await clock.wait(pauseMs, signal);
    }
  }
}

/** How an org is that has no session. */
function stateOf(channels: readonly StreamedChannel[]): OrgState {
  if (channels.some(({ hold }) => hold?.hasRoom())) return 'connecting';
  if (channels.some(({ hold, waitsForKafka }) => waitsForKafka || hold !== undefined)) return 'waiting-for-kafka';
  return 'standby';
}

/** An org with what this task knows of it. */
interface OpenOrg {
  readonly org: PollerOrg;
  readonly channels: readonly StreamedChannel[];
  readonly allowance: DeliveryAllowance;
}

function openOrg(org: PollerOrg, parts: PollerParts): OpenOrg {
  const { clock, logger } = parts;
  const channels = openChannels(org, parts);
  const isReading = () => channels.some(({ hold }) => hold !== undefined);
  const sources = channels.flatMap((channel) => channel.sources);
  const allowance = createDeliveryAllowance({ org: org.name, sources, rest: org.rest, isReading, clock, logger });
  return { org, channels, allowance };
}

function whatIsLeft(read: readonly OpenOrg[], now: Date): WhatIsLeft {
  return {
    retentionMs: retentionLeft(
      read.flatMap(({ channels }) => channels),
      now,
    ),
    deliveries: read.flatMap(({ allowance }) => allowance.left() ?? []),
    calls: read.flatMap(({ org }) => org.quota?.usage() ?? []),
  };
}

function openChannels(org: PollerOrg, parts: PollerParts): StreamedChannel[] {
  const { clock, random, counters, logger, rereads, objects, settings, settleMs } = parts;
  return [...routeSources(org.sources)].map(([channel, sources]) => {
    for (const { source, captured } of sources) {
      if (captured.note !== undefined) logger.info(captured.note, { org: org.name, source: source.name });
    }
    const key = { org: org.name, channel };
    const provide = createPushTopicProvider(org, sources, logger);
    const shared = { key, sources, clock, random, counters, logger };
    const content = createChannelContent({
      ...shared,
      rest: org.rest,
      rereads,
      objects,
      written: parts.written,
      ourClients: parts.ourClients,
      describeMs: settings.describeSeconds * 1000,
      bulkFromRows: settings.bulkFromRows,
      provide,
      ...(settleMs && { settleMs }),
    });
    const subscription = createChannelSubscription({ ...shared, provide: content.provide, lost: content.lost });
    return { key, sources, content, subscription, hold: undefined, waitsForKafka: false };
  });
}

function runChannelParts({ settings, ...parts }: PollerParts): RunChannelParts {
  return {
    ...parts,
    leaseMs: settings.leaseSeconds * 1000,
    commitEvents: settings.commitEvents,
    commitMs: settings.commitMs,
    batchEvents: settings.batchRecords,
    bufferBytes: settings.bufferMb * 1_000_000,
  };
}
