import { createCometdReader } from './cometd-reader.ts';
import { measureOrg } from './measure-org.ts';
import type { OrgProcess } from './org-process.ts';

const rows = 40_000;
const rowsPerCall = 200;
const channel = '/data/AccountChangeEvent';

/** Events a second that one org process, and so one core, delivers: replayed from its log, and live to several clients. */
export async function benchOrgStreaming(print: (line: string) => void): Promise<void> {
  await measureOrg({ publishDelayMs: 0 }, 'events', print, async (org, measure) => {
    const live = await createCometdReader(org, channel, -1);
    await measure('change events, one client, while written', rows, async () => {
      await Promise.all([write(org), live.read(rows)]);
    });
    await measure('change events, replayed to one client', rows, async () => {
      const reader = await createCometdReader(org, channel, -2);
      await reader.read(rows);
    });
    await measure('change events, replayed to five clients', 5 * rows, async () => {
      const readers = await Promise.all(Array.from({ length: 5 }, () => createCometdReader(org, channel, -2)));
      await Promise.all(readers.map((reader) => reader.read(rows)));
    });
  });
}

/** Creates the rows, four calls at a time. */
async function write({ instanceUrl, token }: OrgProcess): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < rows) {
      const from = next;
      next += rowsPerCall;
      const records = Array.from({ length: rowsPerCall }, (_unused, index) => ({
        attributes: { type: 'Account' },
        Name: `Account ${from + index}`,
        Phone: '+49 30 1234567',
        BillingCity: 'Berlin',
      }));
      const response = await fetch(`${instanceUrl}/services/data/v66.0/composite/sobjects`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ allOrNone: false, records }),
      });
      if (!response.ok) throw new Error(`create: ${response.status} ${await response.text()}`);
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}
