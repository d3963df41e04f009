import { describe, expect, it } from 'vitest';
import { createEmfMeasure } from '../../shared/telemetry/emf-measure.ts';
import { pollerMetrics, sinkMetrics } from '../../shared/telemetry/metrics.ts';
import { goesOff, looksAtUsual, type MetricLine, metricLines } from './alarm-state.ts';
import { evaluate } from './metric-math.ts';
import type { Resource } from './rule.ts';
import { synthesize } from './synthesize.ts';

const alarms = Object.values(synthesize().template.findResources('AWS::CloudWatch::Alarm')) as Resource[];
const named = (name: string) =>
  alarms.find(({ Properties: { AlarmName: each } }) => each === name) ?? expect.fail(`There is no alarm ${name}`);
const onMath = alarms.filter((alarm) => 'Metrics' in alarm.Properties && !looksAtUsual(alarm));

/** Half-minute by half-minute: how much came, and how much of it was rejected. */
type Half = readonly [received: number, rejected: number];

function measured(program: string, halves: readonly Half[]): MetricLine[] {
  const lines: string[] = [];
  let now = 0;
  const parts = {
    deployment: 'shop-prod',
    program,
    date: () => new Date(now),
    write: (line: string) => lines.push(line),
  };
  const ofPoller = createEmfMeasure({ metrics: pollerMetrics, ...parts });
  const ofSink = createEmfMeasure({ metrics: sinkMetrics, ...parts });
  for (const [received, rejected] of halves) {
    if (program === 'poller') ofPoller({ EventsReceived: received, EventsDeadLettered: rejected });
    else ofSink({ RecordsReceived: received, RecordsDeadLettered: rejected });
    now += 30_000;
  }
  return metricLines(lines);
}

describe.each([
  ['shop-prod-poller-release-rejecting', 'poller'],
  ['shop-prod-prices-release-rejecting', 'sink-prices'],
  ['shop-prod-stock-release-rejecting', 'sink-stock'],
])('%s', (name, program) => {
  const within = (halves: readonly Half[], by = program) => goesOff(named(name), measured(by, halves), 60_000);

  it.each<[string, readonly Half[]]>([
    [
      'a twentieth of a minute',
      [
        [60, 3],
        [40, 2],
      ],
    ],
    ['everything', [[1, 1]]],
    [
      'more than came in this half, from the one before',
      [
        [20, 0],
        [0, 1],
      ],
    ],
  ])('goes off when what is rejected is %s', (_, halves) => {
    expect(within(halves)).toBe(true);
  });

  it.each<[string, readonly Half[]]>([
    [
      'less than a twentieth is rejected',
      [
        [60, 2],
        [40, 2],
      ],
    ],
    ['nothing is', [[1000, 0]]],
    [
      'nothing comes',
      [
        [0, 0],
        [0, 0],
      ],
    ],
    ['nothing is measured', []],
    [
      'it was a minute ago',
      [
        [0, 0],
        [0, 0],
        [10, 10],
      ],
    ],
  ])('stays quiet when %s', (_, halves) => {
    expect(within(halves)).toBe(false);
  });

  it('looks at its own program only', () => {
    expect(within([[1, 1]], 'sink-other')).toBe(false);
  });
});

it('there is no other alarm on metric math, besides those on what is usual', () => {
  expect(onMath.map(({ Properties: { AlarmName: name } }) => name)).toEqual([
    'shop-prod-poller-release-rejecting',
    'shop-prod-prices-release-rejecting',
    'shop-prod-stock-release-rejecting',
  ]);
  expect(alarms.filter(looksAtUsual)).toHaveLength(3);
});

describe('metric math', () => {
  const values: Readonly<Record<string, number>> = { part: 6, whole: 8, none: 0 };
  const at = (expression: string) => evaluate(expression, (id) => values[id]);

  it.each<[string, number | undefined]>([
    ['100 * part / whole', 75],
    ['part + whole * 2', 22],
    ['(part + whole) * 2', 28],
    ['whole - part - 1', 1],
    ['part / none', undefined],
    ['part + absent', undefined],
    ['1.5 * whole', 12],
  ])('%s is %s', (expression, value) => {
    expect(at(expression)).toBe(value);
  });

  it.each(['FILL(part, 0)', 'part whole', '(part', 'part >', '', 'IF(part > 1, 2)'])('refuses %s', (expression) => {
    expect(() => at(expression)).toThrow('is not understood');
  });
});
