import type { Clock } from '../../../../functions/poller/clock.ts';
import { createCounters } from '../../../../functions/poller/counters.ts';
import { createHealth } from '../../../../functions/poller/health.ts';
import type { PollerParts } from '../../../../functions/poller/poller.ts';
import type { PollerOrg } from '../../../../functions/poller/poller-org.ts';
import type { Source } from '../../../../shared/bridge/bridge.ts';
import type { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import type {
  BayeuxAnswer,
  BayeuxEvent,
  BayeuxSession,
  ReplayFrom,
} from '../../../../shared/salesforce/bayeux-client.ts';
import type { FieldDescribe } from '../../../../shared/salesforce/describe.ts';
import type { ChannelItem, ChannelKey, ChannelStore, ReplayId } from '../../../../shared/state/channel-store.ts';
import type { WrittenRow } from '../../../../shared/state/lately-written.ts';
import type { KnownObject, ObjectStore } from '../../../../shared/state/object-store.ts';
import type { Reread, RereadStore } from '../../../../shared/state/reread-store.ts';
import type { Logger } from '../../../../shared/telemetry/logger.ts';
import { createMemoryKafka } from './memory-kafka.ts';

// What the poller stands on, in memory: time that jumps to the next wait, an org that keeps its events, a log of lines.

export const startOfTime = Date.parse('2026-01-01T00:00:00.000Z');

/** Time moves only when everything waits: then to the end of the shortest wait. */
export function createJumpingClock(): Clock & { readonly waits: readonly number[] } {
  let time = 0;
  const waits: number[] = [];
  const sleepers = new Set<{ at: number; wake: () => void }>();
  const jump = () => {
    const [next] = [...sleepers].sort((one, other) => one.at - other.at);
    if (next === undefined) return;
    time = Math.max(time, next.at);
    next.wake();
  };
  return {
    waits,
    now: () => time,
    // No two moments are the same, as in life.
    date: () => new Date(startOfTime + ++time),
    wait(ms, signal) {
      waits.push(ms);
      return new Promise((resolve) => {
        const sleeper = {
          at: time + ms,
          wake() {
            sleepers.delete(sleeper);
            signal.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        sleepers.add(sleeper);
        if (signal.aborted) sleeper.wake();
        signal.addEventListener('abort', sleeper.wake);
        setImmediate(jump);
      });
    },
  };
}

export interface LogLine {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

export function createLogBook(): Logger & { readonly lines: LogLine[]; of(message: string): LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: keyof Logger) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      lines.push({ level, message, fields });
    };
  return {
    lines,
    of: (message) => lines.filter((line) => line.message === message),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}

export function source(settings: Partial<Source> = {}): Source {
  return {
    name: 'products',
    org: 'main',
    capture: { kind: 'changeDataCapture', object: 'Product2' },
    topic: 'products',
    lowerCaseTopic: false,
    deadLetterTopic: 'products.dead-letter',
    format: 'row',
    tombstoneOnDelete: false,
    snapshot: false,
    fullRow: false,
    loopGuard: false,
    initialStart: 'latest',
    onReplayLost: 'earliest',
    ...settings,
  };
}

export const productChannel = '/data/Product2ChangeEvent';

/** A change of one product. */
export function productEvent(replayId: number, committedAt = startOfTime): BayeuxEvent {
  const id = String(replayId) as ReplayId;
  const data = {
    event: { replayId: id },
    payload: {
      Name: `change ${replayId}`,
      ChangeEventHeader: {
        entityName: 'Product2',
        changeType: 'UPDATE',
        recordIds: ['01t000000000001AAA'],
        commitTimestamp: committedAt,
      },
    },
  };
  const text = JSON.stringify({ channel: productChannel, data });
  return { channel: productChannel, replayId: id, data, text, size: text.length };
}

/** An org's streaming endpoint with all its events; replay IDs grow but are not contiguous. */
export function createMemoryOrg() {
  const events: BayeuxEvent[] = [];
  const asked: [channel: string, from: ReplayFrom][] = [];
  const subscribes: number[] = [];
  let wake: () => void = () => undefined;
  let handshakes = 0;
  const org = {
    events,
    /** Every subscribe in its order. */
    asked,
    /** How many channels each request subscribed. */
    subscribes,
    get handshakes() {
      return handshakes;
    },
    /** What the next calls do instead of working; each is used once. */
    handshakeFailures: [] as BridgeError[],
    refusals: [] as BridgeError[],
    /** End of the session with the next connect, after at most this many events. */
    ends: [] as { after: number; error: BridgeError }[],
    add(...added: BayeuxEvent[]) {
      events.push(...added);
      wake();
    },
    async handshake(): Promise<BayeuxSession> {
      handshakes += 1;
      const failure = org.handshakeFailures.shift();
      if (failure !== undefined) throw failure;
      /** How many of all events each channel's subscriber has seen. */
      const seen = new Map<string, number>();
      return {
        intervalMs: 0,
        async subscribe(channels): Promise<BayeuxAnswer> {
          subscribes.push(channels.size);
          const subscriptions = [...channels].map(([channel, from]) => {
            asked.push([channel, from]);
            const refused = org.refusals.shift();
            if (refused !== undefined) return { channel, refused };
            seen.set(channel, firstUnseen(events, from));
            return { channel };
          });
          wake();
          return { events: [], subscriptions };
        },
        async connect(signal): Promise<BayeuxAnswer> {
          const end = org.ends.shift();
          while (end === undefined && !hasNews() && signal?.aborted !== true) {
            await new Promise<void>((resolve) => {
              wake = resolve;
              signal?.addEventListener('abort', () => resolve(), { once: true });
            });
          }
          const news = takeNews(end?.after ?? Number.POSITIVE_INFINITY);
          return { events: news, subscriptions: [], ...(end && { ended: end.error }) };
        },
        async disconnect() {
          org.disconnects += 1;
        },
      };

      function hasNews(): boolean {
        return [...seen].some(([channel, from]) => events.slice(from).some((event) => event.channel === channel));
      }

      function takeNews(limit: number): BayeuxEvent[] {
        const news = events.filter((event, at) => at >= (seen.get(event.channel) ?? events.length)).slice(0, limit);
        for (const event of news) seen.set(event.channel, events.indexOf(event) + 1);
        return news;
      }
    },
    disconnects: 0,
  };
  return org;
}

function firstUnseen(events: readonly BayeuxEvent[], from: ReplayFrom): number {
  if (from === 'latest') return events.length;
  return from === 'earliest' ? 0 : events.findIndex((event) => event.replayId === from) + 1;
}

/** Items that outlive a poller. */
export function createMemoryChannels(): ChannelStore & { readonly positions: Map<string, Partial<ChannelItem>> } {
  const positions = new Map<string, Partial<ChannelItem>>();
  const nameOf = ({ org, channel }: ChannelKey) => `${org} ${channel}`;
  const read = (key: ChannelKey): ChannelItem | undefined => {
    const stored = positions.get(nameOf(key));
    return stored && { fence: 0, version: 0, ...stored };
  };
  return {
    positions,
    read: async (key) => read(key),
    async write(key, next, seen) {
      const present = read(key);
      if (present?.version !== seen?.version) return { written: false, item: present };
      const item = { ...next, version: (seen?.version ?? 0) + 1 };
      positions.set(nameOf(key), item);
      return { written: true, item };
    },
  };
}

/** What has to be read again, as plain values. */
export function createMemoryRereads(): RereadStore & { readonly kept: Map<string, Reread & { doneAt?: Date }> } {
  const kept = new Map<string, Reread & { doneAt?: Date }>();
  const nameOf = ({ org, channel }: ChannelKey, id: string) => `${org} ${channel} ${id}`;
  return {
    kept,
    async add(key, reread) {
      const name = nameOf(key, reread.id);
      if (!kept.has(name)) kept.set(name, reread);
    },
    async open(key) {
      return [...kept].flatMap(([name, reread]) =>
        name.startsWith(nameOf(key, '')) && reread.doneAt === undefined ? [reread] : [],
      );
    },
    async progress(key, id, progress) {
      const name = nameOf(key, id);
      kept.set(name, { ...(kept.get(name) as Reread), progress });
    },
    async done(key, id, doneAt) {
      const name = nameOf(key, id);
      kept.set(name, { ...(kept.get(name) as Reread), doneAt });
    },
  };
}

export function createMemoryObjects(): ObjectStore & { readonly known: Map<string, KnownObject> } {
  const known = new Map<string, KnownObject>();
  return {
    known,
    read: async (org, object) => known.get(`${org} ${object}`),
    async replace(org, object, before, item) {
      const name = `${org} ${object}`;
      if (known.get(name)?.fingerprint !== before?.fingerprint) return false;
      known.set(name, item);
      return true;
    },
  };
}

/** A poller's parts, all in memory. */
export function createMemoryParts() {
  const clock = createJumpingClock();
  const logger = createLogBook();
  const producer = createMemoryKafka();
  const healthReports: unknown[] = [];
  const write = async (text: string) => void healthReports.push(JSON.parse(text));
  return {
    producer,
    producers: producer.producers,
    rereads: createMemoryRereads(),
    objects: createMemoryObjects(),
    written: { find: async (): Promise<WrittenRow | undefined> => undefined },
    ourClients: new Set(['salesforce-kafka-bridge']),
    log: producer.log,
    channels: createMemoryChannels(),
    owner: 'one task',
    transactionalIdOf: ({ org, channel }: ChannelKey) => `commerce.${org}.${channel}`,
    deliveryOf: () => 'exactlyOnce' as const,
    settings: {
      leaseSeconds: 10,
      commitEvents: 1000,
      commitMs: 1000,
      batchRecords: 500,
      bufferMb: 16,
      describeSeconds: 300,
      bulkFromRows: 50_000,
    },
    health: createHealth({ date: clock.date, write, logger }),
    healthReports,
    counters: createCounters(),
    clock,
    random: () => 0,
    logger,
  } satisfies PollerParts & Record<string, unknown>;
}

const described = { name: 'Lead', fields: ['Id', 'LastName'].map((name) => ({ name, type: 'id' }) as FieldDescribe) };

export function pollerOrg(org: ReturnType<typeof createMemoryOrg>, settings: Partial<PollerOrg> = {}): PollerOrg {
  return {
    name: 'main',
    apiVersion: '66.0',
    sources: [source()],
    bayeux: org,
    rest: {
      orgId: async () => '00D000000000001AAA',
      request: async () => ({}),
      open: async () => new Response(),
      query: async () => [],
      create: async () => '0IF000000000001AAA',
      describe: async () => described,
      describes: {
        get: async () => described,
        refresh: async () => ({ describe: described, changed: false, lastModified: undefined }),
      },
    },
    ...settings,
  };
}

/** Resolves when a condition holds, looking again whenever the program has nothing else to do. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error(`never came true: ${condition}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
