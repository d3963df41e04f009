import type { RestClient } from '../../shared/salesforce/rest-client.ts';
import type { OrgHands } from './org-hands.ts';

/** The org's own counts of what the bridge did there. */
export interface OrgCounts {
  readonly rowsWritten: number;
  readonly apiCalls: number;
  /** Calls by kind, logins among them, where the org tells. */
  readonly callsByKind?: Readonly<Record<string, number>>;
}

/** Counts from a moment on. */
export interface OrgCounter {
  read(): Promise<OrgCounts>;
}

interface Limits {
  readonly DailyApiRequests: { readonly Max: number; readonly Remaining: number };
}

/**
 * Counts in an org that is not the emulator, by what every org offers: its daily allowance (which includes our own
 * questions and everybody else's calls) and the rows changed since.
 */
export async function countByLimits(rest: RestClient, hands: OrgHands): Promise<OrgCounter> {
  const usedCalls = async () => {
    const { DailyApiRequests: daily } = (await rest.request({ method: 'GET', path: '/limits' })) as Limits;
    return daily.Max - daily.Remaining;
  };
  const since = new Date().toISOString();
  const before = await usedCalls();
  return {
    async read() {
      const apiCalls = (await usedCalls()) - before;
      const rows = await hands.query(`SELECT Id FROM PricebookEntry WHERE LastModifiedDate >= ${since}`);
      return { apiCalls, rowsWritten: rows.length };
    },
  };
}
