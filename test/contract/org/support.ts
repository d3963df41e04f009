import { type OrgOptions, type StartedOrg, startOrg } from '../../../local/org/org.ts';

export interface RestReply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

export interface TestOrg extends StartedOrg {
  readonly token: string;
  /** A REST call below `/services/data/v66.0`. */
  rest(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<RestReply>;
  bayeux(): BayeuxProbe;
}

/** A Bayeux client that keeps cookies and sends exactly what a test tells it to. */
export interface BayeuxProbe {
  readonly cookies: Map<string, string>;
  send(messages: unknown, options?: SendOptions): Promise<readonly Record<string, unknown>[]>;
  handshake(): Promise<string>;
  connect(clientId: string): Promise<readonly Record<string, unknown>[]>;
  subscribe(clientId: string, channel: string, replay?: number | string): Promise<Record<string, unknown>>;
}

interface SendOptions {
  readonly path?: string;
  readonly token?: string;
  readonly withoutCookies?: boolean;
}

export async function startTestOrg(options: OrgOptions = {}): Promise<TestOrg> {
  const org = await startOrg({ ...options, settings: { publishDelayMs: 5, ...options.settings } });
  const token = await tokenFor(org);
  return {
    ...org,
    token,
    rest: (method, path, body, headers = {}) => {
      const url = path.startsWith('/') ? path : `/services/data/v66.0/${path}`;
      return call(`${org.instanceUrl}${url}`, method, body, { authorization: `Bearer ${token}`, ...headers });
    },
    bayeux: () => createProbe(org.instanceUrl, token),
  };
}

export async function tokenFor(org: StartedOrg): Promise<string> {
  const { clientId, clientSecret } = org.credentials;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  });
  const response = await fetch(`${org.instanceUrl}/services/oauth2/token`, { method: 'POST', body: form });
  const answer = (await response.json()) as { access_token: string };
  return answer.access_token;
}

export async function call(
  url: string,
  method: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<RestReply> {
  const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url, { method, ...content, headers: { ...type, ...headers } });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : parse(text), headers: response.headers };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function createProbe(instanceUrl: string, token: string): BayeuxProbe {
  const cookies = new Map<string, string>();
  const send: BayeuxProbe['send'] = async (messages, options = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${instanceUrl}${options.path ?? '/cometd/66.0'}`, {
      method: 'POST',
      body: JSON.stringify(messages),
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${options.token ?? token}`,
        ...(options.withoutCookies === true ? {} : { cookie }),
      },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return (await response.json()) as Record<string, unknown>[];
  };
  return {
    cookies,
    send,
    async handshake() {
      const [answer] = await send([
        {
          channel: '/meta/handshake',
          version: '1.0',
          minimumVersion: '1.0',
          supportedConnectionTypes: ['long-polling'],
          id: '1',
        },
      ]);
      return String(answer?.['clientId']);
    },
    connect: (clientId) => send([{ channel: '/meta/connect', clientId, connectionType: 'long-polling', id: '2' }]),
    async subscribe(clientId, channel, replay) {
      const ext = replay === undefined ? {} : { ext: { replay: { [channel]: replay } } };
      const [answer] = await send([{ channel: '/meta/subscribe', clientId, subscription: channel, id: '3', ...ext }]);
      return answer ?? {};
    },
  };
}

/** Connects until `count` data messages came; the connect replies are left out. */
export async function collect(probe: BayeuxProbe, clientId: string, count: number) {
  const events: Record<string, unknown>[] = [];
  while (events.length < count) {
    const messages = await probe.connect(clientId);
    const last = messages.at(-1);
    if (last?.['channel'] !== '/meta/connect' || last['successful'] !== true) throw new Error(JSON.stringify(last));
    events.push(...messages.slice(0, -1));
  }
  return events;
}
