/** How much of an allowance is used, as Salesforce says. */
export interface Usage {
  readonly used: number;
  readonly max: number;
}

/** Says at what rate an allowance is used up, from what Salesforce said of it in the last hour. */
export interface UsageForecast {
  observe(usage: Usage): void;
  /** When it was observed last, in milliseconds since the epoch. */
  readonly latest: (Usage & { readonly at: number }) | undefined;
  readonly leftPercent: number | undefined;
  /** Until so many are used, at the rate of the last hour; undefined while nothing is used up, or too little is known. */
  hoursUntil(used: number): number | undefined;
}

const hour = 3_600_000;
const minute = 60_000;

/** @param now milliseconds since the epoch, which goes on while a function is frozen. */
export function createUsageForecast(now: () => number): UsageForecast {
  let latest: (Usage & { readonly at: number }) | undefined;
  /** The oldest usage of the last hour and what came after it, at most one a minute. */
  let seen: (Usage & { readonly at: number })[] = [];
  return {
    get latest() {
      return latest;
    },
    get leftPercent() {
      return latest === undefined ? undefined : (100 * Math.max(0, latest.max - latest.used)) / latest.max;
    },
    observe(usage) {
      const at = now();
      latest = { ...usage, at };
      // Salesforce's count falls when what was used the day before drops out; a rate starts anew then.
      const last = seen.at(-1);
      if (last !== undefined && (usage.used < last.used || usage.max !== last.max)) seen = [];
      if (seen.length === 0 || at - (seen.at(-1)?.at ?? 0) >= minute) {
        seen = [...seen.filter((each) => at - each.at <= hour), latest];
      }
    },
    hoursUntil(used) {
      const first = seen.find((each) => now() - each.at <= hour);
      if (first === undefined || latest === undefined || latest.at - first.at < minute) return undefined;
      const perHour = ((latest.used - first.used) / (latest.at - first.at)) * hour;
      return perHour <= 0 ? undefined : Math.max(0, (used - latest.used) / perHour);
    },
  };
}
