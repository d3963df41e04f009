import type { Bridge, Sink } from '../shared/bridge/bridge.ts';
import { deliveryOf, type KafkaTransactions } from '../shared/bridge/delivery.ts';
import { topicsOfSource } from '../shared/bridge/topics-of-source.ts';
import { transactionalId } from '../shared/bridge/transactional-id.ts';
import { resolveCapture } from '../shared/salesforce/channels.ts';

/** What the bridge does with a topic. */
export interface FlowTopic {
  readonly name: string;
  /** `sink`: somebody else fills it. `own`: the bridge fills it. `deadLetter`: letters, and reports of what was written. */
  readonly use: 'sink' | 'own' | 'deadLetter';
}

/** Whether a program has to reach the brokers, and so sits in their network. */
export function runsInNetwork(bridge: Bridge): boolean {
  return bridge.sources.length > 0 || bridge.sinks.some((sink) => producedBySink(sink).length > 0);
}

/** Topics that a sink writes: its dead letters, and reports where it makes some. */
export function producedBySink({ deadLetters, deadLetterTopic, reports }: Sink): string[] {
  const { success, error } = reports;
  const letters = deadLetters.kind === 'topic' ? [deadLetterTopic] : [];
  return unique([...letters, ...[success, error].filter((topic) => topic !== undefined)]);
}

/** Topics that the poller writes: those of the sources, and where events go that cannot be decoded. */
export function producedByPoller(bridge: Bridge): string[] {
  return unique(bridge.sources.flatMap((source) => [...topicsOfSource(source), source.deadLetterTopic]));
}

/** The transactional IDs that the poller publishes with: one per channel that is delivered exactly once. */
export function transactionalIdsOf(bridge: Bridge, prefix: string, transactions: KafkaTransactions): string[] {
  const byId = Map.groupBy(bridge.sources, ({ org, capture }) =>
    transactionalId(prefix, { org, channel: resolveCapture(capture).channel }),
  );
  return [...byId].filter(([, sources]) => deliveryOf(sources, transactions) === 'exactlyOnce').map(([id]) => id);
}

/** Every topic of the bridge once. A topic that one flow fills and another reads counts as the bridge's own. */
export function topicsOf(bridge: Bridge, failureTopic?: string): FlowTopic[] {
  const uses: FlowTopic[] = [
    ...bridge.sources.flatMap(topicsOfSource).map((name) => ({ name, use: 'own' as const })),
    ...bridge.sources.map(({ deadLetterTopic }) => ({ name: deadLetterTopic, use: 'deadLetter' as const })),
    ...bridge.sinks.flatMap(producedBySink).map((name) => ({ name, use: 'deadLetter' as const })),
    ...(failureTopic === undefined ? [] : [{ name: failureTopic, use: 'deadLetter' as const }]),
    ...bridge.sinks.flatMap(({ feeds }) => feeds.map(({ topic }) => ({ name: topic, use: 'sink' as const }))),
  ];
  const byName = new Map<string, FlowTopic>();
  for (const each of uses) if (!byName.has(each.name)) byName.set(each.name, each);
  return [...byName.values()];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
