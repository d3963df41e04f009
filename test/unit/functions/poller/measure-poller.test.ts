import { expect, it } from 'vitest';
import { createCounters } from '../../../../functions/poller/counters.ts';
import type { HealthReport } from '../../../../functions/poller/health.ts';
import { createMeasurePoller } from '../../../../functions/poller/measure-poller.ts';
import { pollerMetrics } from '../../../../shared/telemetry/metrics.ts';

it('measures every metric of the poller: what was done since the last time, and how long Salesforce is silent', () => {
  const measured: object[] = [];
  const counters = createCounters();
  let now = Date.parse('2026-01-01T00:00:00Z');
  let report: HealthReport = { state: 'standby', orgs: {} };
  const measurePoller = createMeasurePoller({
    health: { read: () => report },
    counters,
    date: () => new Date(now),
    measure: (values) => measured.push(values),
  });

  counters.add('eventsReceived', 5);
  counters.add('recordsPublished', 4);
  counters.skip('before-start');
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
  measurePoller();

  expect(measured).toMatchObject([
    {
      ...{ EventsReceived: 5, RecordsPublished: 4, EventsSkipped: 1, ConnectAge: 0, WaitingForCredentials: 0 },
      ...{ ChannelsOwned: 2, LeaseChanges: 3, LeasesLost: 1, EventAge: 2, WaitingForKafka: 0 },
    },
    // The org that never answered counts from the start; a standby does not ask.
    {
      ...{ ChannelsOwned: 2, LeaseChanges: 0, LeasesLost: 0, EventAge: 0, WaitingForKafka: 1 },
      ...{ EventsReceived: 2, RecordsPublished: 0, EventsSkipped: 0, ConnectAge: 90, WaitingForCredentials: 1 },
    },
  ]);
  expect(Object.keys(measured[0] ?? {}).sort()).toEqual(Object.keys(pollerMetrics).sort());
});
