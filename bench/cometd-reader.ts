import type { OrgProcess } from './org-process.ts';

type Message = Readonly<Record<string, unknown>>;

/** One Bayeux client that only counts what it gets. */
export interface CometdReader {
  /** Reads until `count` events came; an answer is read to its end. @returns how many came. */
  read(count: number): Promise<number>;
}

/** Subscribes a channel from a replay ID: -1 new events, -2 all that are retained. */
export async function createCometdReader(
  { instanceUrl, token }: Pick<OrgProcess, 'instanceUrl' | 'token'>,
  channel: string,
  replay: number,
): Promise<CometdReader> {
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
      let seen = 0;
      while (seen < count) {
        const messages = await send(connect);
        const last = messages.at(-1);
        if (last?.['successful'] !== true) throw new Error(`connect: ${JSON.stringify(last)}`);
        seen += messages.length - 1;
      }
      return seen;
    },
  };
}
