import type * as z from 'zod/mini';
import { rowRecord } from '../transform/row-record.ts';
import type { Bridge, Org, RowTarget, Sink, Source, UpsertWrite } from './bridge.ts';
import { type bridgeSchema, flowName } from './bridge-schema.ts';
import { canBeReadAgain } from './captured-objects.ts';
import { declaredTopics, expandTopics, feedsOf } from './expand-topics.ts';
import { computed, readable, Unreadable } from './readable.ts';
import type { sink } from './sink-schema.ts';
import type { source } from './source-schema.ts';
import { isTemplate } from './topic-template.ts';
import { topicsOfSource } from './topics-of-source.ts';

/** A definition after its schema, or what can be read of it. */
export type Settings = z.output<typeof bridgeSchema>;

/**
 * Fills in what the schema alone cannot know. Each setting is computed when it is read, so that a broken one takes along
 * those that are made of it, and no others.
 */
export function withDefaults(settings: Settings): Bridge {
  return computed(settings, {
    orgs: () => Object.entries(settings.orgs).map(([name, org]): Org => computed(org, { name: () => name })),
    sources: () => Object.entries(settings.sources).map(([name, each]) => sourceOf(settings, name, each)),
    sinks: () => Object.entries(settings.sinks).map(([name, each]) => sinkOf(settings, name, each)),
  });
}

/** The same with everything computed, once nothing is broken. */
export function settle(bridge: Bridge): Bridge {
  const settled = <Part extends object>(parts: readonly Part[]) => parts.map((each) => ({ ...each }));
  return {
    ...bridge,
    orgs: settled(bridge.orgs),
    sources: settled(bridge.sources),
    sinks: bridge.sinks.map((sink) => ({ ...sink, feeds: settled(sink.feeds) })),
  };
}

function sourceOf(settings: Settings, name: string, given: z.output<typeof source>): Source {
  return computed(given, {
    name: () => name,
    org: () => given.org ?? defaultOrg(settings),
    deadLetterTopic: () =>
      given.deadLetterTopic ??
      `${isTemplate(given.topic) ? partOfNames(settings, name) : topicsOfSource(given)[0]}.dead-letter`,
    onReplayLost: () => given.onReplayLost ?? (canBeReadAgain(given) ? 'resync' : 'earliest'),
  });
}

function sinkOf(settings: Settings, name: string, given: z.output<typeof sink>): Sink {
  const targets = () => (Array.isArray(given.write) ? given.write : [given.write]) as readonly RowTarget[];
  const fromRecord = () => targets().some(({ operation }) => operation === 'fromRecord');
  const consumerGroup = () => given.consumerGroup ?? partOfNames(settings, name);
  return computed(given, {
    name: () => name,
    feeds: () => feedsOf(given, topicsOf(settings, given), consumerGroup),
    targets,
    write: () => targets()[0] as UpsertWrite,
    org: () => given.org ?? defaultOrg(settings),
    transform: () => given.transform ?? { steps: [rowRecord()] },
    tombstones: () => given.tombstones ?? (fromRecord() ? 'delete' : 'reject'),
    unknownFields: () => given.unknownFields ?? (fromRecord() ? 'drop' : 'reject'),
    deadLetterTopic: () => given.deadLetterTopic ?? `${given.topic ?? partOfNames(settings, name)}.dead-letter`,
    consumerGroup,
  });
}

function topicsOf(settings: Settings, { topic, topics }: z.output<typeof sink>): string[] {
  if (topic !== undefined) return [topic];
  if (topics === undefined) throw new Unreadable();
  return expandTopics(topics, () => declaredTopics(Object.values(settings.sources), Object.values(settings.sinks)));
}

/** With one org nobody has to repeat its name; with several, a flow that names none has a problem of its own. */
function defaultOrg({ orgs }: Settings): string {
  const [only = '', ...others] = Object.keys(orgs).map((name) => readable(flowName, name));
  return others.length === 0 ? only : '';
}

function partOfNames(settings: Settings, name: string): string {
  return `${settings.name}.${readable(flowName, name)}`;
}
