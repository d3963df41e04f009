import { BridgeError } from '../errors/bridge-error.ts';

/** What Salesforce says with each answer of how many calls the org has used in 24 hours. */
export interface ApiUsage {
  readonly used: number;
  readonly max: number;
}

export interface QuotaState extends ApiUsage {
  readonly leftPercent: number;
  /** Until the reserve is reached at the rate of the last hour; undefined while nothing is used up. */
  readonly hoursLeft: number | undefined;
}

/** Keeps the bridge from using up an org's daily calls. One per org and program. */
export interface QuotaGuard {
  /** Takes the header `Sforce-Limit-Info` of an answer. */
  observe(limitInfo: string | undefined): void;
  /**
   * How long to wait before the next call, in milliseconds: 0 far from the reserve, more the nearer it is. At the reserve
   * an error instead, SKB_SALESFORCE_LIMIT; every few minutes one call passes even then, to see whether the day moved on.
   */
  admit(): { readonly waitMs: number } | { readonly stopped: BridgeError };
  /** For metrics; undefined until the first answer. */
  usage(): QuotaState | undefined;
}

interface QuotaGuardParts {
  /** Part of the daily calls that is left to others, 0 to 1. */
  readonly reserve: number;
  readonly org: string;
  /** Milliseconds since the epoch, which goes on while a function is frozen. */
  readonly now: () => number;
  /** @default 300000 */
  readonly lookEveryMs?: number;
  /** The longest wait before a call. @default 4000 */
  readonly slowestMs?: number;
}

const hour = 3_600_000;

export function createQuotaGuard(parts: QuotaGuardParts): QuotaGuard {
  const { reserve, org, now, lookEveryMs = 5 * 60_000, slowestMs = 4_000 } = parts;
  let latest: (ApiUsage & { readonly at: number }) | undefined;
  /** The oldest usage of the last hour and what came after it, at most one a minute. */
  let seen: (ApiUsage & { readonly at: number })[] = [];
  let nextLook = 0;

  function hoursLeft(at: number): number | undefined {
    const first = seen.find((each) => at - each.at <= hour);
    if (first === undefined || latest === undefined || latest.at - first.at < 60_000) return undefined;
    const perHour = ((latest.used - first.used) / (latest.at - first.at)) * hour;
    if (perHour <= 0) return undefined;
    return Math.max(0, (latest.max * (1 - reserve) - latest.used) / perHour);
  }

  function usage(): QuotaState | undefined {
    if (latest === undefined) return undefined;
    const { used, max } = latest;
    return { used, max, leftPercent: (100 * Math.max(0, max - used)) / max, hoursLeft: hoursLeft(now()) };
  }

  return {
    usage,
    observe(limitInfo) {
      const answered = parseApiUsage(limitInfo);
      if (answered === undefined) return;
      const at = now();
      latest = { ...answered, at };
      // Salesforce's count falls when calls of the day before drop out; a rate starts anew then.
      const last = seen.at(-1);
      if (last !== undefined && (answered.used < last.used || answered.max !== last.max)) seen = [];
      if (seen.length === 0 || at - (seen.at(-1)?.at ?? 0) >= 60_000) {
        seen = [...seen.filter((each) => at - each.at <= hour), latest];
      }
    },
    admit() {
      if (latest === undefined) return { waitMs: 0 };
      const left = 1 - latest.used / latest.max;
      if (left > 2 * reserve || reserve === 0) return { waitMs: 0 };
      if (left > reserve) return { waitMs: Math.round(slowestMs * (2 - left / reserve)) };
      const at = now();
      if (at >= nextLook) {
        nextLook = at + lookEveryMs;
        // The answer that brought us to the reserve is as good as a look.
        if (at - latest.at >= lookEveryMs) return { waitMs: 0 };
      }
      return { stopped: stopped(latest, nextLook - at) };
    },
  };

  function stopped({ used, max }: ApiUsage, retryAfterMs: number): BridgeError {
    return new BridgeError(
      'SKB_SALESFORCE_LIMIT',
      `Org ${org} has used ${used} of its ${max} daily calls; the rest, ${Math.round(reserve * 100)} %, is reserved`,
      { context: { org, used, max, reserve }, retryAfterMs },
    );
  }
}

/** For the log while calls slow down: how many calls are left, and how long they last at this rate. */
export function describeQuota({ used, max, hoursLeft }: QuotaState): string {
  const lasting =
    hoursLeft === undefined ? '' : `; at this rate the reserve is reached in ${hoursLeft.toFixed(1)} hours`;
  return `${max - used} of ${max} daily calls are left${lasting}`;
}

/**
 * Reads `api-usage=33/15000` out of the header; other entries beside it are of single apps.
 * https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm
 */
export function parseApiUsage(limitInfo: string | undefined): ApiUsage | undefined {
  const match = /(?:^|[\s;,])api-usage=(\d+)\/(\d+)/.exec(limitInfo ?? '');
  const max = Number(match?.[2] ?? 0);
  return match === null || max === 0 ? undefined : { used: Number(match[1]), max };
}
