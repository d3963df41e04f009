import { describe, expect, it } from 'vitest';
import { exampleLoad } from '../../infra/cost/load.ts';
import { compareLetters, planEnvironment } from '../../infra/cost/plan.ts';
import type { EnvironmentInput } from '../../infra/environment-settings.ts';
import { parseEnvironment } from '../../infra/read-environment.ts';
import { type BridgeDefinition, parseBridge } from '../../shared/bridge/define-bridge.ts';
import { aggregate } from '../../shared/transform/aggregate.ts';
import { map } from '../../shared/transform/map.ts';
import { pipe } from '../../shared/transform/pipe.ts';
import { text } from '../../shared/transform/text.ts';
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

it('counts the event source mapping of every topic, with its alarms', () => {
  const { prices } = definition.sinks ?? {};
  const { topic: _, ...rest } = prices ?? { write: [] };
  const several = parseBridge({
    ...definition,
    sinks: { ...definition.sinks, prices: { ...rest, topics: ['erp.prices', 'erp.returns', 'salesforce.*'] } },
  } as BridgeDefinition);
  const how = (bridge: typeof topics, line: string) =>
    planEnvironment(bridge, dev(), exampleLoad).lines.find(({ what }) => what.startsWith(line))?.how;
  expect(how(topics, 'Event source')).toContain('2 poller(s)');
  expect(how(several, 'Event source')).toContain('4 poller(s)');
  const alarms = (bridge: typeof topics) => Number(/(\d+) alarms/.exec(how(bridge, 'Metrics') ?? '')?.[1]);
  expect(alarms(several) - alarms(topics)).toBe(2 * 7);
});

/** The sinks of the test definition with their batches; the smallest batch decides. */
const withBatches = (size: number) => ({
  ...topics,
  sinks: topics.sinks.map((sink) => ({ ...sink, batch: { ...sink.batch, size } })),
});

it.each([
  { size: 100, rows: 75 },
  { size: 1000, rows: 750 },
  { size: 5000, rows: 750 },
])('counts an API call for $rows rows of batches of $size', ({ size, rows }) => {
  const load = { ...exampleLoad, recordsPerDay: 750_000 };
  const logins = planEnvironment(topics, dev(), { ...load, recordsPerDay: 0 }).callsPerDay;
  expect(planEnvironment(withBatches(size), dev(), load).callsPerDay - logins).toBe(750_000 / rows);
});

describe('what runs whether or not anything happens', () => {
  const line = (bridge: typeof topics, what: string) =>
    planEnvironment(bridge, dev(), exampleLoad).lines.find((each) => each.what === what);
  const summing = pipe(
    text(),
    aggregate({ key: (value) => value, start: 0, reduce: (sum) => sum + 1 }),
    map(({ key }) => ({ Key__c: key })),
  );

  it('is a tick a minute of a sink with an aggregate', () => {
    expect(line(topics, 'Ticks of aggregates')).toBeUndefined();
    const [first, ...others] = topics.sinks;
    if (first === undefined) throw new Error('The definition has no sink');
    const ticking = { ...topics, sinks: [{ ...first, transform: summing }, ...others] };
    expect(line(ticking, 'Ticks of aggregates')?.how).toMatch(/^43,776 short invocations/);
    // Late records and the age of owed rows, and an alarm on that.
    const counts = (bridge: typeof topics) =>
      [...(line(bridge, 'Metrics, alarms, dashboard')?.how ?? '').matchAll(/\d+/g)].map(Number);
    const [metrics = 0, alarms = 0, looks = 0] = counts(topics);
    expect(counts(ticking)).toEqual([metrics + 2, alarms + 1, looks + 1]);
  });

  it('is the lease of a channel, once however many sources read it', () => {
    expect(line(topics, 'Leases of channels')?.how).toMatch(/^25,920 writes a day for 1 channel/);
    const [source] = topics.sources;
    if (source === undefined) throw new Error('The definition has no source');
    const twice = { ...topics, sources: [source, { ...source, name: 'again', topic: 'salesforce.again' }] };
    expect(line(twice, 'Leases of channels')?.how).toMatch(/^25,920 writes a day for 1 channel/);
  });
});

it('bills an alarm for every metric that it looks at', () => {
  const watching = (anomalies: boolean) =>
    planEnvironment(topics, dev({ alarms: { anomalies } }), exampleLoad).lines.find(({ what }) =>
      what.startsWith('Metrics'),
    );
  // A poller and two sinks, each with one alarm of three metrics.
  expect((watching(true)?.dollars ?? 0) - (watching(false)?.dollars ?? 0)).toBeCloseTo(3 * 3 * 0.1);
});
