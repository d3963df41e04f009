import type { Source } from '../../shared/bridge/define-bridge.ts';
import { asBridgeError } from '../../shared/errors/bridge-error.ts';
import type { RecordProducer } from '../../shared/kafka/record-producer.ts';
import type { BayeuxAnswer, BayeuxClient, BayeuxSession, ReplayFrom } from '../../shared/salesforce/bayeux-client.ts';
import { ensurePushTopic, type PushTopicOrg } from '../../shared/salesforce/push-topic.ts';
import type { RestClient } from '../../shared/salesforce/rest-client.ts';
import type { ChannelStore } from '../../shared/state/channel-store.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { Measure, PollerMetric } from '../../shared/telemetry/metrics.ts';
import {
  type ChannelSubscription,
  createChannelSubscription,
  type RoutedSource,
  routeSources,
} from './channel-subscription.ts';
import { type Clock, unlessAborted } from './clock.ts';
import type { Counters } from './counters.ts';
import { deliver } from './deliver.ts';
import { createEventContent } from './event-content.ts';
import type { Health } from './health.ts';
import { createMeasurePoller } from './measure-poller.ts';
import { createFailureStreak } from './reconnect-policy.ts';
import type { Delivery } from './to-delivery.ts';

/** One org with the sources that read it. */
export interface PollerOrg {
  readonly name: string;
  /** Such as `66.0`. */
  readonly apiVersion: string;
  readonly sources: readonly Source[];
  readonly bayeux: BayeuxClient;
  readonly rest: PushTopicOrg & Pick<RestClient, 'orgId' | 'request'>;
}

export interface PollerParts {
  readonly producer: RecordProducer;
  readonly channels: ChannelStore;
  readonly health: Health;
  readonly counters: Counters;
  /** @default nothing is measured */
  readonly measure?: Measure<PollerMetric>;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly logger: Logger;
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
  const measure = createMeasurePoller({ measure: () => undefined, ...parts, date: parts.clock.date });
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  const streams = orgs.map(async (org) => {
    try {
      await streamOrg(org, parts, stopped);
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

/** One session after the other, with a pause by cause between them. */
async function streamOrg(org: PollerOrg, parts: PollerParts, signal: AbortSignal): Promise<void> {
  const { clock, health, logger } = parts;
  const subscriptions = subscribeSources(org, parts);
  const failures = createFailureStreak(parts.random);
  await health.report(org.name, 'connecting');
  while (!signal.aborted) {
    const startedAt = clock.now();
    try {
      await streamSession(org, subscriptions, parts, signal);
    } catch (cause) {
      if (signal.aborted) return;
      const error = asBridgeError(cause);
      if (error.code === 'SKB_BUG') throw error;
      failures.worked(clock.now() - startedAt);
      const { pauseMs, repeated } = failures.failed(error);
      const fields = { org: org.name, ...errorFields(error), retryInMs: Math.round(pauseMs) };
      if (error.disposition !== 'halt') logger.warn('session lost', fields);
      else if (repeated) logger.debug('org still waits', fields);
      else logger.error('org waits', fields);
      const refused = error.code === 'SKB_AUTH_REJECTED';
      await health.report(org.name, refused ? 'waiting-for-credentials' : 'connecting');
      await clock.wait(pauseMs, signal);
    }
  }
}

async function streamSession(
  org: PollerOrg,
  subscriptions: ReadonlyMap<string, ChannelSubscription>,
  parts: PollerParts,
  signal: AbortSignal,
): Promise<void> {
  const { clock, health } = parts;
  const orgId = await unlessAborted(org.rest.orgId(), signal);
  const content = createEventContent({ rest: org.rest, clock });
  const session = await unlessAborted(org.bayeux.handshake(signal), signal);
  for (const subscription of subscriptions.values()) subscription.reset();
  try {
    while (!signal.aborted) {
      await subscribeDue(session);
      const answer = await unlessAborted(session.connect(signal), signal);
      if (answer.ended === undefined) await health.report(org.name, 'streaming');
      await settle(answer);
      await clock.wait(session.intervalMs, signal);
    }
  } finally {
    if (signal.aborted) await session.disconnect();
  }

  async function subscribeDue(on: BayeuxSession): Promise<void> {
    for (;;) {
      const due = [...subscriptions.values()].filter((subscription) => subscription.isDue());
      const requests = new Map<string, ReplayFrom>();
      for (const subscription of due) {
        const from = await unlessAborted(subscription.prepare(), signal);
        if (from !== undefined) requests.set(subscription.key.channel, from);
      }
      if (requests.size === 0) return;
      await settle(await unlessAborted(on.subscribe(requests, signal), signal));
    }
  }

  async function settle(answer: BayeuxAnswer): Promise<void> {
    const events = answer.events.flatMap((event) => {
      parts.counters.add('eventsReceived');
      const subscription = subscriptions.get(event.channel);
      if (subscription !== undefined) return { event, subscription };
      parts.counters.skip('unknown-channel');
      parts.logger.warn('event of a channel that was not subscribed', { org: org.name, channel: event.channel });
      return [];
    });
    const deliveries = await content.toDeliveries(events, orgId);
    for (const delivery of deliveries) note(delivery, org, parts);
    await deliver(deliveries, orgId, parts, signal);
    for (const each of answer.subscriptions) subscriptions.get(each.channel)?.answered(each);
    if (answer.ended !== undefined) throw answer.ended;
  }
}

/** Logs and counts what became of an event other than a record. */
function note({ event, skipped, gap, deadLetters }: Delivery, org: PollerOrg, { counters, logger }: PollerParts): void {
  const place = { org: org.name, channel: event.channel, replayId: event.replayId };
  for (const reason of skipped) counters.skip(reason);
  if (gap !== undefined)
    logger.warn('Salesforce sent a gap event: rows changed in a way that only a re-read can tell', place);
  if (deadLetters.length > 0) logger.warn('an event could not be decoded and becomes a dead letter', place);
}

function subscribeSources(org: PollerOrg, parts: PollerParts): ReadonlyMap<string, ChannelSubscription> {
  const { channels, clock, random, counters, logger } = parts;
  const subscriptions = new Map<string, ChannelSubscription>();
  for (const [channel, sources] of routeSources(org.sources)) {
    for (const { source, captured } of sources) {
      if (captured.note !== undefined) logger.info(captured.note, { org: org.name, source: source.name });
    }
    const key = { org: org.name, channel };
    const provide = pushTopicProvider(org, sources, logger);
    const shared = { channels, clock, random, counters, logger };
    subscriptions.set(channel, createChannelSubscription({ key, sources, provide, ...shared }));
  }
  return subscriptions;
}

/** Makes the PushTopics that sources ask for, once in the life of the program. */
function pushTopicProvider(org: PollerOrg, sources: readonly RoutedSource[], logger: Logger): () => Promise<void> {
  let provided = false;
  return async () => {
    if (provided) return;
    for (const { source, captured } of sources) {
      const { capture } = source;
      if (captured.capturedThrough !== 'pushTopic' || capture.kind !== 'pushTopic' || !capture.create) continue;
      const outcome = await ensurePushTopic(capture, org.apiVersion, org.rest);
      if (outcome === 'created') logger.info('PushTopic created', { org: org.name, name: capture.name });
    }
    provided = true;
  };
}
