import { measureOrg } from './measure-org.ts';
import type { OrgProcess } from './org-process.ts';

const rows = 40_000;
const rowsPerCall = 200;
const channel = '/data/AccountChangeEvent';

type Message = Readonly<Record<string, unknown>>;

/** One Bayeux client that only counts what it gets. */
interface Subscriber {
  /** Reads until `count` events came. */
  read(count: number): Promise<void>;
}

/** Events a second that one org process, and so one core, delivers: replayed from its log, and live to several clients. */
export async function benchOrgStreaming(print: (line: string) => void): Promise<void> {
  await measureOrg({ publishDelayMs: 0 }, 'events', print, async (org, measure) => {
    const live = await subscribe(org, -1);
    await measure('change events, one client, while written', rows, async () => {
      await Promise.all([write(org), live.read(rows)]);
    });
    await measure('change events, replayed to one client', rows, async () => {
      const reader = await subscribe(org, -2);
      await reader.read(rows);
    });
    await measure('change events, replayed to five clients', 5 * rows, async () => {
      const readers = await Promise.all(Array.from({ length: 5 }, () => subscribe(org, -2)));
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

async function subscribe({ instanceUrl, token }: OrgProcess, replay: number): Promise<Subscriber> {
  let cookie = '';
  const send = async (message: Message): Promise<readonly Message[]> => {
    const response = await fetch(`${instanceUrl}/cometd/66.0`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', cookie },
      body: JSON.stringify([message]),
    });
    const set = response.headers.getSetCookie().map((line) => line.split(';')[0]);
    if (set.length > 0) cookie = set.join('; ');
    return (await response.json()) as Message[];
  };
  const [session] = await send({
    channel: '/meta/handshake',
    version: '1.0',
    supportedConnectionTypes: ['long-polling'],
  });
  const clientId = session?.['clientId'];
  const connect = { channel: '/meta/connect', clientId, connectionType: 'long-polling' };
  await send(connect);
  await send({ channel: '/meta/subscribe', clientId, subscription: channel, ext: { replay: { [channel]: replay } } });
  return {
    async read(count) {
      for (let seen = 0; seen < count; ) {
        const messages = await send(connect);
        const last = messages.at(-1);
        if (last?.['successful'] !== true) throw new Error(`connect: ${JSON.stringify(last)}`);
        seen += messages.length - 1;
      }
    },
  };
}
