import { describe, expect, it } from 'vitest';
import { createKnownPublished } from '../../../../functions/poller/known-published.ts';
import { toHeaders } from '../../../../shared/kafka/headers.ts';
import type { LogPositions } from '../../../../shared/kafka/log-positions.ts';
import type { OutgoingRecord } from '../../../../shared/kafka/record-producer.ts';
import { productChannel } from './in-memory.ts';
import { createMemoryKafka } from './memory-kafka.ts';

const topic = 'products';

function record(key: string, origin: Record<string, string>, timestamp = 0): OutgoingRecord {
  const headers = { 'salesforce.org.id': '00D', 'salesforce.channel': productChannel, ...origin };
  return { topic, key, value: '{}', headers: toHeaders(headers), timestamp };
}
const ofEvent = (replayId: number, timestamp?: number) =>
  record('row', { 'salesforce.replay.id': String(replayId), 'salesforce.fan.out.index': '0' }, timestamp);
const ofReread = (key: string, rereadId = 'snapshot') => record(key, { 'bridge.reread.id': rereadId });

/** A log, and what is known of it. */
async function start(published: readonly OutgoingRecord[]) {
  const kafka = createMemoryKafka();
  await kafka.publish(published);
  const known = createKnownPublished({ channel: productChannel, topics: [topic], log: kafka.log });
  return { kafka, known, end: () => kafka.log.ends([topic]) };
}
const beginning: LogPositions = { [topic]: {} };

describe('what the log holds of a channel', () => {
  it('is all that lies behind its position: it is not missing, and every other event is', async () => {
    const { kafka, known, end } = await start([ofEvent(1)]);
    const position = await end();
    await kafka.publish([ofEvent(7), ofEvent(3)]);
    expect(await known.find(position, [])).toBe(2);
    const all = [1, 3, 5, 7, 9].map((replayId) => ofEvent(replayId));
    expect(known.missing(all)).toEqual([ofEvent(1), ofEvent(5), ofEvent(9)]);
  });

  it('is ahead until each of its events came again, and comes once only', async () => {
    const { known } = await start([ofEvent(3), ofEvent(7)]);
    await known.find(beginning, []);
    expect(known.areAhead).toBe(true);
    expect(known.settle([ofEvent(3)])).toBe(true);
    expect(known.settle([ofEvent(5)])).toBe(false);
    expect(known.areAhead).toBe(true);
    expect(known.settle([ofEvent(7)])).toBe(true);
    expect(known.areAhead).toBe(false);
    expect(known.missing([ofEvent(3)])).toEqual([ofEvent(3)]);
  });

  it('is nothing for a channel without a position', async () => {
    const { known } = await start([ofEvent(3)]);
    expect(await known.find(undefined, [])).toBe(0);
    expect(known.missing([ofEvent(3)])).toEqual([ofEvent(3)]);
  });

  it('since a time may come any number of times, until it is forgotten', async () => {
    const { known, end } = await start([ofEvent(3, 1000), ofEvent(7, 2000)]);
    await known.learn(await end(), new Date(2000));
    expect(known.missing([ofEvent(3), ofEvent(7)])).toEqual([ofEvent(3)]);
    expect([known.settle([ofEvent(7)]), known.areAhead]).toEqual([true, false]);
    expect(known.missing([ofEvent(7)])).toEqual([]);
    known.forget();
    expect(known.missing([ofEvent(7)])).toEqual([ofEvent(7)]);
  });
});

describe('rows of a re-read', () => {
  it('are found before the position, too, from the earliest of the unfinished re-reads on', async () => {
    const { kafka, known, end } = await start([ofReread('early')]);
    const firstPage = await end();
    await kafka.publish([ofReread('first')]);
    const secondPage = await end();
    await kafka.publish([ofReread('second')]);
    expect(await known.find(await end(), [secondPage, firstPage])).toBe(2);
    const rows = ['early', 'first', 'second', 'third'].map((key) => ofReread(key));
    expect(known.missingReread(rows)).toEqual([ofReread('early'), ofReread('third')]);
  });

  it('do not come again until the progress of their own re-read is stored', async () => {
    const { known } = await start([]);
    known.addReread([ofReread('row', 'one'), ofReread('row', 'other')]);
    known.noted('one');
    expect(known.missingReread([ofReread('row', 'one'), ofReread('row', 'other')])).toEqual([ofReread('row', 'one')]);
    // They belong to no event.
    expect(known.areAhead).toBe(false);
    known.forget();
    expect(known.missingReread([ofReread('row', 'other')])).toEqual([]);
  });
});
