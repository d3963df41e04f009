import type { Clock } from '../clock.ts';
import { RollingCount } from '../rolling-count.ts';
import type { Change } from '../store/database.ts';

export const callKinds = [
  'token',
  'describe',
  'query',
  'collections',
  'composite',
  'single',
  'limits',
  'other',
] as const;
export type CallKind = (typeof callKinds)[number];

interface AppCalls {
  readonly total: number;
  readonly byKind: Readonly<Record<CallKind, number>>;
}

/**
 * `apiCalls` is what Salesforce would count against the daily limit: a composite is one call, each sub-request of a batch is
 * one, token requests and CometD requests are none. `apiCallsByKind` and the totals per app list token requests as well, so:
 * sum of `apiCallsByKind` = `apiCalls` + `apiCallsByKind.token` = sum of the apps' totals. Token requests with an unknown client
 * count under the app name `(unknown)`.
 */
export interface CounterReport {
  readonly apiCalls: number;
  readonly apiCallsByKind: Readonly<Record<CallKind, number>>;
  readonly apiCallsByApp: Readonly<Record<string, AppCalls>>;
  /** Rows created, updated, deleted or undeleted through the API, by object. */
  readonly rowsWritten: Readonly<Record<string, number>>;
  readonly rowsWrittenByApp: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Data messages written into CometD answers, each client counted. */
  readonly eventsDelivered: number;
}

const day = 86_400_000;

function zeroKinds(): Record<CallKind, number> {
  return { token: 0, describe: 0, query: 0, collections: 0, composite: 0, single: 0, limits: 0, other: 0 };
}

export class Counters {
  readonly #clock: Clock;
  #byKind = zeroKinds();
  #byApp = new Map<string, Record<CallKind, number>>();
  #rows = new Map<string, Map<string, number>>();
  #delivered = 0;
  readonly #today: RollingCount;
  readonly #todayByApp = new Map<string, RollingCount>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#today = new RollingCount(clock, day);
  }

  count(kind: CallKind, appName = '(unknown)', calls = 1): void {
    this.#byKind[kind] += calls;
    const app = this.#byApp.get(appName) ?? zeroKinds();
    app[kind] += calls;
    this.#byApp.set(appName, app);
    if (kind === 'token') return;
    this.#today.add(calls);
    this.#todayOf(appName).add(calls);
  }

  countRows(changes: readonly Change[], appName: string): void {
    const rows = this.#rows.get(appName) ?? new Map<string, number>();
    for (const { object } of changes) rows.set(object.name, (rows.get(object.name) ?? 0) + 1);
    this.#rows.set(appName, rows);
  }

  countDelivered(events: number): void {
    this.#delivered += events;
  }

  /** Calls of the last 24 hours, for `Sforce-Limit-Info` and the daily limit; of one app when it is named. Not cleared by `reset`. */
  callsToday(appName?: string): number {
    return (appName === undefined ? this.#today : this.#todayOf(appName)).total;
  }

  #todayOf(appName: string): RollingCount {
    const known = this.#todayByApp.get(appName);
    if (known !== undefined) return known;
    const fresh = new RollingCount(this.#clock, day);
    this.#todayByApp.set(appName, fresh);
    return fresh;
  }

  report(): CounterReport {
    const total: Record<string, number> = {};
    const byApp: Record<string, Record<string, number>> = {};
    for (const [app, rows] of this.#rows) {
      byApp[app] = Object.fromEntries(rows);
      for (const [object, count] of rows) total[object] = (total[object] ?? 0) + count;
    }
    const apps = [...this.#byApp].map(
      ([name, byKind]) => [name, { total: sum(byKind), byKind: { ...byKind } }] as const,
    );
    return {
      apiCalls: sum(this.#byKind) - this.#byKind.token,
      apiCallsByKind: { ...this.#byKind },
      apiCallsByApp: Object.fromEntries(apps),
      rowsWritten: total,
      rowsWrittenByApp: byApp,
      eventsDelivered: this.#delivered,
    };
  }

  reset(): void {
    this.#byKind = zeroKinds();
    this.#byApp = new Map();
    this.#rows = new Map();
    this.#delivered = 0;
  }
}

function sum(byKind: Readonly<Record<CallKind, number>>): number {
  return Object.values(byKind).reduce((total, count) => total + count, 0);
}
