import { BridgeError } from '../errors/bridge-error.ts';
import { createUsageForecast, type Usage } from './usage-forecast.ts';

/** Of the calls that an org has in 24 hours. */
export interface QuotaState extends Usage {
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

export function createQuotaGuard(parts: QuotaGuardParts): QuotaGuard {
  const { reserve, org, now, lookEveryMs = 5 * 60_000, slowestMs = 4_000 } = parts;
  const calls = createUsageForecast(now);
  let nextLook = 0;

  function usage(): QuotaState | undefined {
    const { latest, leftPercent = 0 } = calls;
    if (latest === undefined) return undefined;
    const { used, max } = latest;
    return { used, max, leftPercent, hoursLeft: calls.hoursUntil(max * (1 - reserve)) };
  }

  return {
    usage,
    observe(limitInfo) {
      const answered = parseApiUsage(limitInfo);
      if (answered !== undefined) calls.observe(answered);
    },
    admit() {
      const { latest } = calls;
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

  function stopped({ used, max }: Usage, retryAfterMs: number): BridgeError {
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
export function parseApiUsage(limitInfo: string | undefined): Usage | undefined {
  const match = /(?:^|[\s;,])api-usage=(\d+)\/(\d+)/.exec(limitInfo ?? '');
  const max = Number(match?.[2] ?? 0);
  return match === null || max === 0 ? undefined : { used: Number(match[1]), max };
}
