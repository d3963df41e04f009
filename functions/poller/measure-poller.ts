import type { Measure, PollerMetric } from '../../shared/telemetry/metrics.ts';
import type { Counters, Counts } from './counters.ts';
import type { Health } from './health.ts';

interface MeasurePollerParts {
  readonly health: Pick<Health, 'read'>;
  readonly counters: Pick<Counters, 'read' | 'takeAge'>;
  readonly date: () => Date;
  readonly measure: Measure<PollerMetric>;
}

/** Measures what the poller did since the last call, and how its orgs are now. */
export function createMeasurePoller({ health, counters, date, measure }: MeasurePollerParts): () => void {
  const startedAt = date();
  let before = counters.read();
  return () => {
    const now = counters.read();
    const since = (name: Exclude<keyof Counts, 'skipped'>) => now[name] - before[name];
    const orgs = Object.values(health.read().orgs);
    // A standby asks nobody. An org that never answered counts from our start, so that one that never comes up is noticed.
    const ages = orgs
      .filter(({ state }) => state !== 'standby')
      .map(({ lastConnectAt }) => date().getTime() - Date.parse(lastConnectAt ?? startedAt.toISOString()));
    measure({
      ConnectAge: Math.max(0, ...ages) / 1000,
      WaitingForCredentials: orgs.filter((org) => org.state === 'waiting-for-credentials').length,
      WaitingForKafka: orgs.filter((org) => org.state === 'waiting-for-kafka').length,
      ChannelsOwned: now.leasesTaken - now.leasesLost - now.leasesReleased,
      LeaseChanges: since('leasesTaken'),
      LeasesLost: since('leasesLost'),
      EventAge: counters.takeAge() / 1000,
      EventsReceived: since('eventsReceived'),
      RecordsPublished: since('recordsPublished'),
      EventsDeadLettered: since('deadLettered'),
      EventsSkipped: sum(now.skipped) - sum(before.skipped),
      Commits: since('commits'),
      ReplayIdsLost: since('replayIdsLost'),
      SubscriptionsRefused: since('subscriptionsRefused'),
      GapEvents: since('gapEvents'),
      RowsReread: since('rowsReread'),
      SchemaChanges: since('schemaChanges'),
    });
    before = now;
  };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
