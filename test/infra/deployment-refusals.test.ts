import { describe, expect, it } from 'vitest';
import { checkDeployment, notesOn } from '../../infra/check-deployment.ts';
import type { EnvironmentInput } from '../../infra/environment-settings.ts';
import { parseEnvironment } from '../../infra/read-environment.ts';
import { changeDataCapture } from '../../shared/bridge/captures.ts';
import { type BridgeDefinition, parseBridge } from '../../shared/bridge/define-bridge.ts';
import { definition, environment } from './synthesize.ts';

const arn = environment.cluster.arn;

describe('a definition is refused with its path', () => {
  const prices = definition.sinks?.['prices'] ?? expect.fail('no sink');
  const stock = definition.sinks?.['stock'] ?? expect.fail('no sink');
  const { topic: _, ...withoutTopic } = prices;
  const check =
    (bridge: BridgeDefinition, changes: Partial<EnvironmentInput> = {}) =>
    () =>
      checkDeployment(parseBridge(bridge), parseEnvironment('prod', { ...environment, ...changes }));

  const serverless: Partial<EnvironmentInput> = {
    cluster: { kind: 'serverless', arn: arn.replace(/-7$/, '-s1'), brokers: 'boot.example:9098' },
    topics: { create: 'none' },
  };
  const products = { org: 'main', capture: changeDataCapture('Product2'), topic: 'products' };

  it('exactly once on a cluster without transactions; where nobody asked for it, that is noted', () => {
    const wanted: BridgeDefinition = { ...definition, sources: { products: { ...products, delivery: 'exactlyOnce' } } };
    expect(check(wanted, serverless)).toThrow(
      "sources.products.delivery: must not be 'exactlyOnce' in environment prod",
    );
    expect(check(wanted)).not.toThrow();
    const notes = (changes: Partial<EnvironmentInput>) =>
      notesOn(
        parseBridge({ ...definition, sources: { products } }),
        parseEnvironment('prod', { ...environment, ...changes }),
      );
    expect(notes(serverless)).toEqual([expect.stringContaining('no transactions')]);
    expect(notes({})).toEqual([]);
  });

  it('exactly once as somebody says that a cluster has transactions, or has none', () => {
    const wanted: BridgeDefinition = { ...definition, sources: { products: { ...products, delivery: 'exactlyOnce' } } };
    const kafka = (transactions: 'available' | 'unavailable', kind: 'serverless' | 'selfManaged') =>
      kind === 'serverless'
        ? { ...serverless, cluster: { ...serverless.cluster, transactions } as EnvironmentInput['cluster'] }
        : {
            ...serverless,
            cluster: { kind, brokers: 'kafka.example:9092', auth: { kind: 'none' as const }, transactions },
          };
    expect(check(wanted, kafka('available', 'serverless'))).not.toThrow();
    expect(check(wanted, kafka('available', 'selfManaged'))).not.toThrow();
    expect(check(wanted, kafka('unavailable', 'selfManaged'))).toThrow('sources.products.delivery: must not be');
  });

  it.each<[string, BridgeDefinition, RegExp]>([
    [
      'a batch size that Lambda refuses',
      { ...definition, sinks: { prices: { ...prices, batch: { size: 10_001 } } } },
      /sinks\.prices\.batch\.size: must be at most 10000/,
    ],
    [
      'two sinks with one consumer group',
      { ...definition, sinks: { prices, stock: { ...stock, consumerGroup: 'shop.prices' } } },
      /sinks\.stock\.consumerGroup: is already used by sinks\.prices/,
    ],
    [
      'a function that runs longer than Lambda allows for Kafka',
      { ...definition, sinks: { prices: { ...prices, function: { timeoutSeconds: 900 } } } },
      /sinks\.prices\.function\.timeoutSeconds: must be at most 839/,
    ],
    [
      'a topic that cannot be expanded',
      { ...definition, sinks: { prices: { ...prices, topic: 'erp.${region}' } } },
      /sinks\.prices\.topic: must be a literal topic name/,
    ],
    [
      'a sink whose function name becomes too long',
      { ...definition, name: 'a'.repeat(30), sinks: { ['s'.repeat(40)]: prices } },
      /sinks\.s+: makes a function name of more than 64 characters/,
    ],
    [
      'a topic that Lambda does not read, for its one character',
      { ...definition, sinks: { prices: { ...prices, topic: 'p' } } },
      /sinks\.prices\.topic: Lambda reads no topic p; it wants two characters/,
    ],
    [
      'a topic that begins with a dot',
      { ...definition, sinks: { prices: { ...prices, topic: '.prices' } } },
      /sinks\.prices\.topic: Lambda reads no topic \.prices/,
    ],
    [
      'alarms whose names become too long, since each names its topic',
      {
        ...definition,
        name: 'a'.repeat(30),
        sinks: { ['s'.repeat(28)]: { ...withoutTopic, topics: ['erp.prices', 'x'.repeat(190)], consumerGroup: 'g' } },
      },
      /sinks\.s+\.topics: makes alarm names of more than 255 characters .*: s+-x+/,
    ],
    [
      "a sink with the name of the poller's alarms",
      { ...definition, sinks: { poller: prices } },
      /sinks\.poller: its alarms would be named like those of the poller: poller/,
    ],
    [
      "a sink with the name of another one's alarms",
      {
        ...definition,
        sinks: { a: { ...withoutTopic, topics: ['erp', 'crm'], consumerGroup: 'g' }, 'a-erp': prices },
      },
      /sinks\.a-erp: its alarms would be named like those of sinks\.a: a-erp/,
    ],
    [
      'a bucket whose name becomes too long',
      { ...definition, name: 'a'.repeat(30), sinks: { prices: { ...prices, deadLetters: { kind: 'queue' } } } },
      /sinks\.prices\.deadLetters\.bucket: makes a bucket name of more than 63 characters/,
    ],
  ])('%s', (_, bridge, problem) => {
    expect(check(bridge)).toThrow(problem);
  });

  it('a failure topic that a sink reads', () => {
    expect(check(definition, { eventSource: { failureTopic: 'erp.prices' } })).toThrow(
      /eventSource\.failureTopic: must differ from sinks\.prices\.topic/,
    );
  });

  it('a secret for an org that there is none of', () => {
    const secrets = { other: 'arn:aws:secretsmanager:eu-central-1:444455556666:secret:x-AbCdEf' };
    expect(check(definition, { secrets })).toThrow(/secrets\.other: the definition has no such org/);
  });
});
