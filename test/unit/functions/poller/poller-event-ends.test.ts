import { describe, expect, it } from 'vitest';
import type { PollerOrg } from '../../../../functions/poller/poller-org.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import { pollerOrg, productChannel, productEvent, startOfTime, until } from './in-memory.ts';
import { namesOf, positionOf, start, whileRunning } from './while-running.ts';

// How events end: published, skipped or dead-lettered.

describe('an event that no record can be made of', () => {
  it('becomes a dead letter with its original text before its position is committed', async () => {
    const { org, parts, subscribed } = start();
    const odd = {
      ...productEvent(3),
      data: { event: { replayId: '3' } },
      text: '{"channel":"…","data":{ "odd" : 1.0 }}',
    };
    await whileRunning([pollerOrg(org)], parts, async () => {
      await subscribed();
      org.add(odd, productEvent(7));
      await until(() => positionOf(parts)?.replayId === '7');
    });
    const letters = parts.producer.records.filter((record) => record.topic === 'products.dead-letter');
    expect(letters).toMatchObject([{ key: null, value: odd.text }]);
    expect(Object.fromEntries((letters[0]?.headers ?? []).map(({ name, value }) => [name, String(value)]))).toEqual({
      'bridge.source': 'products',
      'bridge.error.code': 'SKB_DECODE_FAILED',
      'bridge.error.message': expect.stringContaining('payload: must be an object'),
      'salesforce.org.id': '00D000000000001AAA',
      'salesforce.channel': productChannel,
      'salesforce.replay.id': '3',
    });
    expect(namesOf(parts)).toEqual(['change 7']);
    expect(parts.counters.read()).toMatchObject({ eventsReceived: 2, recordsPublished: 1, deadLettered: 1 });
  });

  it('does not take its batch with it when Kafka refuses it for its size', async () => {
    const { org, parts, subscribed } = start();
    const publish = parts.producer.publish;
    parts.producer.publish = async (records) => {
      const large = records.some((record) => record.topic === 'products' && String(record.value).includes('change 3'));
      if (large) throw new BridgeError('SKB_RECORD_TOO_LARGE', 'over 1 MB');
      await publish(records);
    };
    await whileRunning([pollerOrg(org)], parts, async () => {
      await subscribed();
      org.add(productEvent(1), productEvent(3), productEvent(7));
      await until(() => positionOf(parts)?.replayId === '7');
    });
    expect(parts.producer.records.map((record) => record.topic)).toEqual([
      'products',
      'products.dead-letter',
      'products',
    ]);
    expect(namesOf(parts)).toEqual(['change 1', 'change 7']);
  });

  it('is stored in parts, which are its text when they are joined, where no topic takes it whole', async () => {
    const { org, parts, subscribed } = start();
    const publish = parts.producer.publish;
    parts.producer.publish = async (records) => {
      const large = records.find(({ value }) => Buffer.byteLength(value ?? '') > 60_000);
      if (large !== undefined) throw new BridgeError('SKB_RECORD_TOO_LARGE', `${large.topic}: over 60 kB`);
      await publish(records);
    };
    const name = '€𝄞'.repeat(20_000);
    const large = productEvent(3);
    const data = structuredClone(large.data) as { payload: { Name: string } };
    data.payload.Name = name;
    await whileRunning([pollerOrg(org)], parts, async () => {
      await subscribed();
      org.add(productEvent(1), { ...large, data, text: JSON.stringify(data) }, productEvent(7));
      await until(() => positionOf(parts)?.replayId === '7');
    });
    expect(namesOf(parts)).toEqual(['change 1', 'change 7']);
    const letters = parts.producer.records.filter(({ topic }) => topic === 'products.dead-letter');
    const numbers = letters.map(({ headers }) => String(headers.find((each) => each.name === 'bridge.part')?.value));
    expect(numbers).toEqual(['1/3', '2/3', '3/3']);
    expect(letters.map(({ value }) => String(value)).join('')).toBe(JSON.stringify(data));
    expect(parts.counters.read()).toMatchObject({ eventsDeadLettered: 1, deadLettered: 1, leasesTaken: 1 });
  });
});

it('every event that was received ends as published, skipped or dead-lettered, and they add up', async () => {
  const { org, parts, subscribed } = start();
  org.add(productEvent(1, startOfTime - 3_600_000));
  await whileRunning([pollerOrg(org)], parts, subscribed);
  const publish = parts.producer.publish;
  parts.producer.publish = async (records) => {
    const large = records.some((record) => record.topic === 'products' && String(record.value).includes('change 9'));
    if (large) throw new BridgeError('SKB_RECORD_TOO_LARGE', 'over 1 MB');
    await publish(records);
  };
  const changed = (replayId: number, header: object) => {
    const event = productEvent(replayId, startOfTime + 1000);
    const data = structuredClone(event.data) as { payload: { ChangeEventHeader: object } };
    Object.assign(data.payload.ChangeEventHeader, header);
    return { ...event, data };
  };
  const rows = ['01t000000000001AAA', '01t000000000002AAA', '01t000000000003AAA'];
  const nothingThere = { ...pollerOrg(org).rest, request: async () => ({ records: [], done: true }) };
  // Salesforce sends something that nobody asked for.
  const foreign = { ...changed(10, {}), channel: '/data/ForeignChangeEvent' };
  const unasked = [foreign];
  const bayeux: PollerOrg['bayeux'] = {
    async handshake(signal) {
      const session = await org.handshake();
      return {
        ...session,
        subscribe: async (channels) => {
          const answer = await session.subscribe(channels, signal);
          return { ...answer, events: [...answer.events, ...unasked.splice(0)] };
        },
      };
    },
  };
  await whileRunning([pollerOrg(org, { bayeux, rest: nothingThere })], parts, async () => {
    org.add(
      changed(3, {}),
      changed(5, { recordIds: rows }),
      changed(6, { changeType: 'GAP_UPDATE' }),
      { ...changed(7, {}), data: { event: { replayId: '7' } } },
      changed(9, {}),
      changed(11, {}),
    );
    await until(() => positionOf(parts)?.replayId === '11');
  });
  const { eventsReceived, eventsPublished, eventsSkipped, eventsDeadLettered, recordsPublished, skipped } =
    parts.counters.read();
  expect({ eventsReceived, eventsPublished, eventsSkipped, eventsDeadLettered }).toEqual({
    eventsReceived: 8,
    eventsPublished: 3,
    eventsSkipped: 3,
    eventsDeadLettered: 2,
  });
  expect(eventsReceived).toBe(eventsPublished + eventsSkipped + eventsDeadLettered);
  expect(recordsPublished).toBe(5);
  expect(skipped).toMatchObject({ 'before-start': 1, 'unknown-channel': 1, gap: 1 });
});
