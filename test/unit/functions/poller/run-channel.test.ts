import { expect, it } from 'vitest';
import type { ChannelContent } from '../../../../functions/poller/channel-content.ts';
import type { Clock } from '../../../../functions/poller/clock.ts';
import type { ReceivedEvent } from '../../../../functions/poller/received-event.ts';
import { type Channel, runChannel } from '../../../../functions/poller/run-channel.ts';
import type { OutgoingRecord } from '../../../../shared/kafka/record-producer.ts';
import type { ReplayId } from '../../../../shared/state/channel-store.ts';
import { createMemoryParts, productChannel, until } from './in-memory.ts';

/** Nothing is due by itself. */
const stillClock: Clock = {
  now: () => 0,
  date: () => new Date(0),
  wait: (_ms, signal) => {
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  },
};

const record = (value: string): OutgoingRecord => ({ topic: 'products', key: 'one', value, headers: [] });

function received(name: string): ReceivedEvent {
  const event = { channel: productChannel, replayId: name as ReplayId, data: {}, text: name, size: name.length };
  return {
    event,
    orgId: 'org',
    subscription: { sources: [], isBeforeStart: () => false },
    replayId: event.replayId,
    bytes: 100,
  };
}

/** Records that bear the events' names, and rows that were read and wait for their turn; `steps` says what happened. */
function namedContent() {
  const steps: string[] = [];
  const rows: string[] = [];
  const content: ChannelContent = {
    async toDeliveries(events, orgId) {
      steps.push(`made ${events.map(({ event }) => event.text).join('')}`);
      return events.map(({ event, subscription }) => ({
        event,
        orgId,
        subscription,
        records: [record(event.text)],
        deadLetters: [],
        skipped: [],
      }));
    },
    get waitsForTurn() {
      return rows.length > 0;
    },
    async publishNext(publish) {
      for (const row of rows.splice(0)) await publish([record(row)]);
    },
    provide: async () => undefined,
    subscribed: () => undefined,
    unsubscribed: () => undefined,
    lost: async () => undefined,
    unfinishedPages: async () => [],
    run: async () => undefined,
  };
  return { steps, rows, content };
}

it('makes the next full transaction while Kafka takes the one before, and then what waits for its turn', async () => {
  const memory = createMemoryParts();
  const { steps, rows, content } = namedContent();
  const answers: (() => void)[] = [];
  const store = memory.producer.publish;
  memory.producer.publish = async (records) => {
    steps.push(`sent ${records.map(({ value }) => value).join('')}`);
    await new Promise<void>((resolve) => answers.push(resolve));
    await store(records);
  };
  const channel: Channel = {
    key: { org: 'main', channel: productChannel },
    sources: [],
    content,
    hold: undefined,
    waitsForKafka: false,
  };
  const limits = { leaseMs: 10_000, commitEvents: 1000, commitMs: 1000, batchEvents: 2, bufferBytes: 1_000_000 };
  const drain = new AbortController();
  const running = runChannel(channel, { ...memory, ...limits, clock: stillClock }, () => undefined, drain.signal);
  await until(() => channel.hold !== undefined);
  channel.hold?.window.receive(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(received));
  channel.hold?.bell.ring();
  await until(() => answers.length === 1 && steps.includes('made cd'));
  rows.push('(row)');
  for (let answered = 0; answered < 5; answered += 1) {
    await until(() => answers.length > answered);
    answers[answered]?.();
  }
  drain.abort();
  await running;

  expect(memory.producer.records.map(({ value }) => value).join('')).toBe('abcd(row)efg');
  // The last event is no full transaction: others could still join it.
  expect(steps.filter((step) => step.startsWith('made'))).toEqual(['made ab', 'made cd', 'made ef', 'made g']);
  expect(steps.indexOf('made ef')).toBeGreaterThan(steps.indexOf('sent (row)'));
  expect(steps.indexOf('made g')).toBeGreaterThan(steps.indexOf('sent ef'));
});
