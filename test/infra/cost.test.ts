import { describe, expect, it } from 'vitest';
import { compareLetters, exampleLoad, planEnvironment } from '../../infra/cost/plan.ts';
import { type EnvironmentInput, parseEnvironment } from '../../infra/environment-settings.ts';
import { type BridgeDefinition, parseBridge } from '../../shared/bridge/define-bridge.ts';
import { definition } from './synthesize.ts';

const network = { kind: 'create' as const };
const dev = (changes: Partial<EnvironmentInput> = {}) =>
  parseEnvironment('dev', { network, cluster: { kind: 'create' }, ...changes });

const sinks = Object.fromEntries(
  Object.entries(definition.sinks ?? {}).map(([name, sink]) => [name, { ...sink, deadLetters: { kind: 'queue' } }]),
);
const queues = parseBridge({ ...definition, sinks } as BridgeDefinition);
const topics = parseBridge(definition);

describe('the way to Salesforce', () => {
  const lines = (bridge: typeof queues, changes = {}) =>
    planEnvironment(bridge, dev(changes), exampleLoad).lines.map(({ what }) => what);

  it('costs a NAT gateway as soon as a program sits in the network', () => {
    expect(lines(topics)).toContain('NAT gateway and its fixed address');
    expect(lines(queues)).toContain('NAT gateway and its fixed address');
    expect(lines({ ...queues, sources: [] })).not.toContain('NAT gateway and its fixed address');
  });

  it('costs an address where the poller has one of its own', () => {
    const own = { network: { ...network, egress: 'publicAddress' as const } };
    expect(lines(queues, own)).toContain('Public address of the poller');
  });
});

it('says what letters in a queue save: nothing beside a poller, the NAT gateway without one', () => {
  const whole = compareLetters(topics, dev(), exampleLoad);
  expect(whole.topic - whole.queue).toBeLessThan(1);
  const alone = compareLetters({ ...topics, sources: [] }, dev(), exampleLoad);
  expect(alone.topic - alone.queue).toBeGreaterThan(30);
});

it('counts every task of the poller', () => {
  const poller = (tasks: 1 | 2) =>
    planEnvironment(topics, dev({ poller: { tasks } }), exampleLoad).lines.find(
      ({ what }) => what === 'Poller service',
    );
  expect(poller(2)?.dollars).toBeCloseTo(2 * (poller(1)?.dollars ?? 0));
});
