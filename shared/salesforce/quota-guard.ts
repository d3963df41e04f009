import type { BridgeError } from '../errors/bridge-error.ts';

/** What Salesforce says with each answer of how many calls the org has used in 24 hours. */
export interface ApiUsage {
  readonly used: number;
  readonly max: number;
}

/** Keeps the bridge from using up an org's daily calls. One per org and program. */
export interface QuotaGuard {
  /** Takes the header `Sforce-Limit-Info` of an answer. */
  observe(limitInfo: string | undefined): void;
  /**
   * How long to wait before the next call, in milliseconds: more the nearer the reserve is; 0 far from it.
   *
   * @returns an error of code SKB_SALESFORCE_LIMIT instead when the reserve is reached: no call then, until a look at the
   *   usage is due again.
   */
  admit(): { readonly waitMs: number } | { readonly stopped: BridgeError };
  /** For metrics; undefined until the first answer. */
  usage(): (ApiUsage & { readonly leftPercent: number; readonly hoursLeft: number | undefined }) | undefined;
}
