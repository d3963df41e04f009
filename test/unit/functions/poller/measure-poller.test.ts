import { expect, it } from 'vitest';
import { createCounters } from '../../../../functions/poller/counters.ts';
import type { HealthReport } from '../../../../functions/poller/health.ts';
import { createMeasurePoller, type WhatIsLeft } from '../../../../functions/poller/measure-poller.ts';
import { pollerMetrics } from '../../../../shared/telemetry/metrics.ts';

it('measures every metric of the poller: what was done since the last time, and how long Salesforce is silent', () => {
  const measured: object[] = [];
  const counters = createCounters();
  let now = Date.parse('2026-01-01T00:00:00Z');
  let report: HealthReport = { state: 'standby', orgs: {} };
  let left: WhatIsLeft = {
    retentionMs: 3_600_000,
    deliveries: [
      { leftPercent: 80, hoursLeft: undefined },
      { leftPercent: 90, hoursLeft: 2 },
    ],
    calls: [{ leftPercent: 70, hoursLeft: 5 }],
  };
  const measurePoller = createMeasurePoller({
    health: { read: () => report },
    counters,
    left: () => left,
    date: () => new Date(now),
    measure: (values) => measured.push(values),
  });

  counters.add('eventsReceived', 5);
  counters.add('recordsPublished', 6);
  counters.add('eventsPublished', 3);
  counters.add('eventsSkipped');
  counters.add('eventsDeadLettered');
  for (const _ of [1, 2, 3]) counters.add('leasesTaken');
  counters.add('leasesLost');
  counters.noteAge(2_000);
  counters.noteAge(1_000);
  measurePoller();

  counters.add('eventsReceived', 2);
  now += 90_000;
  report = {
    state: 'waiting-for-credentials',
    orgs: {
      main: { state: 'streaming', lastConnectAt: '2026-01-01T00:01:00Z' },
      partner: { state: 'waiting-for-credentials' },
      behind: { state: 'waiting-for-kafka', lastConnectAt: '2026-01-01T00:01:00Z' },
      elsewhere: { state: 'standby' },
    },
  };
  left = { retentionMs: undefined, deliveries: [], calls: [] };
  measurePoller();

  expect(measured).toMatchObject([
    {
      ...{ EventsReceived: 5, EventsPublished: 3, EventsSkipped: 1, EventsDeadLettered: 1, RecordsPublished: 6 },
      ...{ ConnectAge: 0, WaitingForCredentials: 0, RetentionLeft: 3600 },
      ...{ DeliveriesLeft: 80, DeliveriesLast: 7200, CallsLeft: 70, CallsLast: 18_000 },
      ...{ ChannelsOwned: 2, LeaseChanges: 3, LeasesLost: 1, EventAge: 2, WaitingForKafka: 0 },
    },
    // The org that never answered counts from the start; a standby does not ask.
    {
      ...{ ChannelsOwned: 2, LeaseChanges: 0, LeasesLost: 0, EventAge: 0, WaitingForKafka: 1 },
      ...{ EventsReceived: 2, RecordsPublished: 0, EventsSkipped: 0, ConnectAge: 90, WaitingForCredentials: 1 },
    },
  ]);
  expect(Object.keys(measured[0] ?? {}).sort()).toEqual(Object.keys(pollerMetrics).sort());
  for (const unknown of ['RetentionLeft', 'DeliveriesLeft', 'DeliveriesLast', 'CallsLeft', 'CallsLast']) {
    expect(measured[1]).not.toHaveProperty(unknown);
  }
});
