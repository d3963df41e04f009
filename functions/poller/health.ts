import type { Logger } from '../../shared/telemetry/logger.ts';

/** From the least to the most healthy: the program is as healthy as its least healthy org. */
const states = ['waiting-for-credentials', 'waiting-for-kafka', 'connecting', 'streaming', 'standby'] as const;

export type OrgState = (typeof states)[number];

/** What a health check reads. A poller that waits, for credentials, Kafka or its turn, is healthy. */
export interface HealthReport {
  readonly state: OrgState;
  /** The last `/meta/connect` answer of any org, ISO 8601. */
  readonly lastConnectAt?: string;
  readonly orgs: Readonly<Record<string, { readonly state: OrgState; readonly lastConnectAt?: string }>>;
}

export interface Health {
  /** Writes `standby`, before any org was reported. */
  begin(): Promise<void>;
  /** @param answered true when Salesforce just answered a connect. */
  report(org: string, state: OrgState, answered?: boolean): Promise<void>;
  /** Writes the same again, so that the file's age tells a poller that hangs from one that waits. */
  beat(): Promise<void>;
  read(): HealthReport;
}

interface HealthParts {
  readonly date: () => Date;
  readonly write: (text: string) => Promise<void>;
  readonly logger: Logger;
}

/** Keeps each org's state and writes the whole as JSON after every change and every connect answer. */
export function createHealth({ date, write, logger }: HealthParts): Health {
  const orgs = new Map<string, { state: OrgState; lastConnectAt?: string }>();
  const writeSummary = async () => {
    try {
      await write(`${JSON.stringify(summarize(orgs))}\n`);
    } catch (error) {
      // The check will notice an old file; events are not to wait for a full disk.
      logger.warn('the health file could not be written', { reason: String(error) });
    }
  };
  return {
    begin: writeSummary,
    beat: writeSummary,
    read: () => summarize(orgs),
    async report(org, state, answered = state === 'streaming') {
      const lastConnectAt = answered ? date().toISOString() : orgs.get(org)?.lastConnectAt;
      orgs.set(org, { state, ...(lastConnectAt === undefined ? {} : { lastConnectAt }) });
      await writeSummary();
    },
  };
}

function summarize(orgs: ReadonlyMap<string, { state: OrgState; lastConnectAt?: string }>): HealthReport {
  const all = [...orgs.values()];
  const lastConnectAt = all
    .flatMap((org) => org.lastConnectAt ?? [])
    .sort()
    .at(-1);
  return {
    state: states.find((state) => all.some((org) => org.state === state)) ?? 'standby',
    ...(lastConnectAt === undefined ? {} : { lastConnectAt }),
    orgs: Object.fromEntries(orgs),
  };
}
