import { describe, expect, it } from 'vitest';
import { productChannel, source, until } from '../../unit/functions/poller/in-memory.ts';
import { create, type Parts, startAll, valuesOf, whileRunning } from './harness.ts';

// Rows that are published because somebody wants them, not because an event told of them.

/** Transactions of so many events, which take a moment each. */
function inTransactionsOf(batchRecords: number, parts: Parts): Parts {
  const producers: Parts['producers'] = {
    async open(...input) {
      const producer = await parts.producers.open(...input);
      return {
        ...producer,
        async publish(records) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          return await producer.publish(records);
        },
      };
    },
  };
  return { ...parts, producers, settings: { ...parts.settings, batchRecords } };
}

describe('a snapshot', () => {
  it('publishes what exists, then streams, and is taken once', async () => {
    await using all = await startAll({ pastMs: 60_000 });
    for (const Name of ['Bolt', 'Nut']) create(all.org, 'Product2', { Name });
    all.org.control.advanceClock(60_000);
    const sources = [source({ snapshot: true })];
    await whileRunning(all, sources, async () => {
      await until(() => all.parts.logger.of('re-read done').length === 1);
      create(all.org, 'Product2', { Name: 'Washer' });
      await until(() => valuesOf(all.parts).some((value) => value['Name'] === 'Washer'));
    });
    const named = valuesOf(all.parts).filter((value) => ['Bolt', 'Nut', 'Washer'].includes(String(value['Name'])));
    expect(named).toMatchObject([
      { Name: 'Bolt', _EventType: 'snapshot' },
      { Name: 'Nut', _EventType: 'snapshot' },
      { Name: 'Washer', _EventType: 'created' },
    ]);
    const before = all.parts.producer.records.length;
    await whileRunning(all, sources, async () => {
      create(all.org, 'Product2', { Name: 'Pin' });
      await until(() => valuesOf(all.parts).some((value) => value['Name'] === 'Pin'));
    });
    expect(all.parts.producer.records.length).toBe(before + 1);
  });

  // With few records a transaction those of the next one are made while Kafka takes the ones before.
  it.each([500, 3])(
    'never publishes an older version after a newer one, while rows keep changing, by %i',
    async (size) => {
      await using started = await startAll();
      const all = { ...started, parts: inTransactionsOf(size, started.parts) };
      const ids = Array.from({ length: 20 }, () => create(all.org, 'Product2', { Name: '0' }));
      let version = 0;
      await whileRunning(all, [source({ snapshot: true })], async () => {
        while (all.parts.logger.of('re-read done').length === 0) {
          version += 1;
          all.org.control.changeRows({ update: ids.map((Id) => ({ Id, Name: String(version) })) });
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        await until(() => valuesOf(all.parts).at(-1)?.['Name'] === String(version));
      });
      for (const id of ids) {
        const versions = valuesOf(all.parts)
          .filter((value) => value['Id'] === id)
          .map((value) => Number(value['Name']));
        expect(versions).toEqual([...versions].sort((one, other) => one - other));
        expect(versions.at(-1)).toBe(version);
        expect(valuesOf(all.parts)).toContainEqual(expect.objectContaining({ Id: id, _EventType: 'snapshot' }));
      }
    },
  );
});

it('a range of time that somebody asked for is published while the bridge runs', async () => {
  await using all = await startAll({ pastMs: 60_000 });
  create(all.org, 'Product2', { Name: 'old' });
  all.org.control.advanceClock(60_000);
  create(all.org, 'Product2', { Name: 'new' });
  const key = { org: 'main', channel: productChannel };
  const from = new Date(Date.now() - 30_000).toISOString();
  const asked = { id: 'requested#1', reason: 'requested', object: 'Product2', from, deletes: false } as const;
  await all.parts.rereads.add(key, { ...asked, requestedAt: new Date().toISOString() });
  await whileRunning(all, [source()], () => until(() => all.parts.logger.of('re-read done').length === 1));
  const snapshots = valuesOf(all.parts).filter((value) => value['_EventType'] === 'snapshot');
  expect(snapshots.map((value) => value['Name'])).toEqual(['new']);
});
