/** What the health file says, as far as the check needs it. */
export interface HealthFile {
  readonly state: string;
  /** ISO 8601. */
  readonly lastConnectAt?: string;
}

/** The poller writes the file every half minute, so one that is this old belongs to a program that hangs. */
const STUCK_AFTER_MS = 120_000;

/**
 * Salesforce answers a connect within two minutes even when nothing happens. A poller that streams and had no answer for
 * this long hangs in a call, or waits for Kafka; a restart helps against the first and harms nothing in the second.
 */
const SILENT_AFTER_MS = 900_000;

/**
 * Whether the poller is worth keeping. One that waits, be it for credentials, for an org that is down or for its turn, is
 * healthy: a restart would not help it.
 *
 * @returns what is wrong, or undefined.
 */
export function judgeHealth(file: HealthFile, ageMs: number, now: Date): string | undefined {
  if (ageMs > STUCK_AFTER_MS) return `no sign of life for ${Math.round(ageMs / 1000)} s`;
  if (file.state !== 'streaming' || file.lastConnectAt === undefined) return undefined;
  const silentMs = now.getTime() - Date.parse(file.lastConnectAt);
  return silentMs > SILENT_AFTER_MS ? `no answer of Salesforce for ${Math.round(silentMs / 1000)} s` : undefined;
}
