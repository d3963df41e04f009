import type * as z from 'zod/mini';
import { rowRecord } from '../transform/row-record.ts';
import type { Bridge, UpsertWrite } from './bridge.ts';
import { bridgeSchema } from './bridge-schema.ts';
import { canBeReadAgain } from './captured-objects.ts';
import { crossCheck } from './cross-check.ts';
import { checkTopics, declaredTopics, expandTopics, feedsOf } from './expand-topics.ts';
import { invalidDefinition, type Problem, toProblems } from './problems.ts';
import { isTemplate } from './topic-template.ts';
import { topicsOfSource } from './topics-of-source.ts';

/** What a user writes. */
export type BridgeDefinition = z.input<typeof bridgeSchema>;

/** Types a definition while it is written. It is checked by {@link parseBridge}, when a program starts or a stack is made. */
export function defineBridge(definition: BridgeDefinition): BridgeDefinition {
  return definition;
}

/**
 * Checks a definition and fills in the defaults, before any client is built.
 *
 * @throws BridgeError SKB_CONFIG_INVALID naming every problem with its path.
 */
export function parseBridge(definition: unknown): Bridge {
  const parsed = bridgeSchema.safeParse(definition, { reportInput: true });
  if (!parsed.success) throw invalidDefinition(parsed.error.issues.flatMap(toProblems));
  const bridge = withDefaults(parsed.data);
  const problems = [...checkSinkTopics(parsed.data, bridge), ...crossCheck(bridge)];
  if (problems.length > 0) throw invalidDefinition(problems);
  return bridge;
}

function checkSinkTopics({ sources, sinks }: z.output<typeof bridgeSchema>, bridge: Bridge): Problem[] {
  const declared = declaredTopics(Object.values(sources), Object.values(sinks));
  return bridge.sinks.flatMap(({ name, feeds }) => checkTopics(name, sinks[name] ?? {}, declared, feeds));
}

function withDefaults(data: z.output<typeof bridgeSchema>): Bridge {
  const orgs = Object.entries(data.orgs).map(([name, value]) => ({ name, ...value }));
  // With one org nobody has to repeat its name; with several, an unnamed one is a problem that crossCheck reports.
  const defaultOrg = orgs.length === 1 ? (orgs[0]?.name ?? '') : '';
  const declared = declaredTopics(Object.values(data.sources), Object.values(data.sinks));
  return {
    name: data.name,
    orgs,
    poller: data.poller,
    sources: Object.entries(data.sources).map(([name, value]) => ({
      name,
      ...value,
      org: value.org ?? defaultOrg,
      deadLetterTopic:
        value.deadLetterTopic ??
        (isTemplate(value.topic) ? `${data.name}.${name}.dead-letter` : `${topicsOfSource(value)[0]}.dead-letter`),
      onReplayLost: value.onReplayLost ?? (canBeReadAgain(value) ? 'resync' : 'earliest'),
    })),
    sinks: Object.entries(data.sinks).map(([name, { write, topic, topics, ...value }]) => {
      const consumerGroup = value.consumerGroup ?? `${data.name}.${name}`;
      const read = topic === undefined ? expandTopics(topics ?? [], declared) : [topic];
      const targets = Array.isArray(write) ? write : [write];
      const fromRecord = targets.some(({ operation }) => operation === 'fromRecord');
      return {
        name,
        ...value,
        feeds: feedsOf({ topic }, read, consumerGroup),
        targets,
        write: targets[0] as UpsertWrite,
        org: value.org ?? defaultOrg,
        transform: value.transform ?? { steps: [rowRecord()] },
        tombstones: value.tombstones ?? (fromRecord ? 'delete' : 'reject'),
        unknownFields: value.unknownFields ?? (fromRecord ? 'drop' : 'reject'),
        deadLetterTopic: value.deadLetterTopic ?? `${topic ?? `${data.name}.${name}`}.dead-letter`,
        consumerGroup,
      };
    }),
  };
}
