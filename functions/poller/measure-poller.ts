import type { QuotaState } from '../../shared/salesforce/quota-guard.ts';
import type { Measure, PollerMetric } from '../../shared/telemetry/metrics.ts';
import type { Counters, Counts } from './counters.ts';
import type { Health } from './health.ts';
import type { DeliveriesLeft } from './watch-deliveries.ts';

/** The worst of all orgs and channels. */
export interface WhatIsLeft {
  readonly retentionMs: number | undefined;
  readonly deliveries: readonly DeliveriesLeft[];
  readonly calls: readonly Pick<QuotaState, 'leftPercent' | 'hoursLeft'>[];
}

interface MeasurePollerParts {
  readonly health: Pick<Health, 'read'>;
  readonly counters: Pick<Counters, 'read' | 'takeAge'>;
  /** What can run out, and is known. */
  readonly left: () => WhatIsLeft;
  readonly date: () => Date;
  readonly measure: Measure<PollerMetric>;
}

/** Measures what the poller did since the last call, and how its orgs are now. */
export function createMeasurePoller({ health, counters, left, date, measure }: MeasurePollerParts): () => void {
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
    const { retentionMs, deliveries, calls } = left();
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
      EventsPublished: since('eventsPublished'),
      EventsSkipped: since('eventsSkipped'),
      EventsDeadLettered: since('eventsDeadLettered'),
      Commits: since('commits'),
      ReplayIdsLost: since('replayIdsLost'),
      SubscriptionsRefused: since('subscriptionsRefused'),
      GapEvents: since('gapEvents'),
      RowsReread: since('rowsReread'),
      RowsDeadLettered: since('rowsDeadLettered'),
      SchemaChanges: since('schemaChanges'),
      ...(retentionMs === undefined ? {} : { RetentionLeft: retentionMs / 1000 }),
      ...least('DeliveriesLeft', 'DeliveriesLast', deliveries),
      ...least('CallsLeft', 'CallsLast', calls),
    });
    before = now;
  };
}

/** The part that is left, and how many seconds it lasts, where that is known. */
function least<Part extends string, Time extends string>(
  part: Part,
  time: Time,
  known: readonly DeliveriesLeft[],
): Partial<Record<Part | Time, number>> {
  const hours = known.flatMap(({ hoursLeft }) => hoursLeft ?? []);
  const measured: Partial<Record<string, number>> = {
    ...(known.length === 0 ? {} : { [part]: Math.min(...known.map(({ leftPercent }) => leftPercent)) }),
    ...(hours.length === 0 ? {} : { [time]: Math.min(...hours) * 3600 }),
  };
  return measured as Partial<Record<Part | Time, number>>;
}
