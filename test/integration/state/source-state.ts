import { expect, test } from 'vitest';
import type { ReplayId } from '../../../shared/state/channel-store.ts';
import { createDynamodbChannelStore } from '../../../shared/state/dynamodb-channel-store.ts';
import { createDynamodbFindWritten } from '../../../shared/state/dynamodb-find-written.ts';
import { createDynamodbLatelyWritten } from '../../../shared/state/dynamodb-lately-written.ts';
import { createDynamodbObjectStore } from '../../../shared/state/dynamodb-object-store.ts';
import { createDynamodbRereadStore } from '../../../shared/state/dynamodb-reread-store.ts';
import type { Reread } from '../../../shared/state/reread-store.ts';
import type { StateGround } from './state-ground.ts';

const requestedAt = '2026-03-01T08:00:00.000Z';
const ids = (count: number) => Array.from({ length: count }, (_, n) => `001A${String(n).padStart(11, '0')}AAA`);
const gap = (id: string, more: Partial<Reread> = {}): Reread => ({
  id,
  reason: 'gap',
  object: 'Account',
  changeType: 'GAP_UPDATE',
  ids: ['001A00000000001AAA'],
  deletes: false,
  requestedAt,
  ...more,
});

export function channels(ground: StateGround): void {
  const storeOf = () => createDynamodbChannelStore({ client: ground.client, tableName: ground.tableName });

  test('of two tasks that take a channel at once one gets it, and is told so', async () => {
    const key = { org: 'main', channel: '/data/RacedChangeEvent' };
    const store = storeOf();
    const writes = await Promise.all(
      ['one', 'other'].map((owner) => store.write(key, { owner, fence: 1, replayId: '7' as ReplayId }, undefined)),
    );
    expect(writes.map(({ written }) => written).sort()).toEqual([false, true]);
    const [winner] = writes.filter(({ written }) => written);
    expect(await store.read(key)).toEqual(winner?.item);
    expect(writes.find(({ written }) => !written)?.item).toEqual(winner?.item);
  });
}

export function rereads(ground: StateGround): void {
  const storeOf = () => createDynamodbRereadStore({ client: ground.client, tableName: ground.tableName });

  test('are kept once, listed oldest first, carried on and done', async () => {
    const channel = { org: 'main', channel: '/data/AccountChangeEvent' };
    const store = storeOf();
    const later = gap('gap#8#Account', { requestedAt: '2026-03-01T09:00:00.000Z' });
    await store.add(channel, later);
    await Promise.all([store.add(channel, gap('gap#7#Account')), store.add(channel, gap('gap#7#Account'))]);
    expect((await store.open(channel)).map(({ id }) => id)).toEqual(['gap#7#Account', 'gap#8#Account']);

    const logPositions = { accounts: { 0: 41, 1: 7 } };
    const progress = { phase: 'rows', lastId: '001A00000000009AAA', read: 2000, logPositions } as const;
    await store.progress(channel, 'gap#7#Account', progress);
    // Whoever adds it a second time, after a crash, does not take its progress back.
    await store.add(channel, gap('gap#7#Account'));
    expect((await store.open(channel))[0]).toMatchObject({ id: 'gap#7#Account', progress });

    await store.done(channel, 'gap#7#Account', new Date('2026-03-02T00:00:00Z'));
    await store.add(channel, gap('gap#7#Account'));
    expect(await store.open(channel)).toEqual([expect.objectContaining(later)]);
  });

  test('leave by TTL when they are done, but a snapshot stays, since it is taken once', async () => {
    const channel = { org: 'main', channel: '/data/LeadChangeEvent' };
    const store = storeOf();
    const at = new Date('2026-03-02T00:00:00Z');
    for (const id of ['gap#7#Lead', 'snapshot#leads#Lead']) {
      await store.add(channel, gap(id, { object: 'Lead' }));
      await store.done(channel, id, at);
    }
    const pk = 'CHANNEL#main#/data/LeadChangeEvent';
    const fortnight = 14 * 24 * 3600;
    expect(await ground.item(pk, 'REREAD#gap#7#Lead')).toMatchObject({ expiresAt: at.getTime() / 1000 + fortnight });
    expect(await ground.item(pk, 'REREAD#snapshot#leads#Lead')).not.toHaveProperty('expiresAt');
    expect(await store.open(channel)).toEqual([]);
  });

  test('that are gone are not made again by halves', async () => {
    const channel = { org: 'main', channel: '/data/CaseChangeEvent' };
    const store = storeOf();
    await store.progress(channel, 'gap#7#Case', { phase: 'rows', lastId: '500A', read: 1, logPositions: {} });
    await store.done(channel, 'gap#7#Case', new Date());
    expect(await ground.item('CHANNEL#main#/data/CaseChangeEvent', 'REREAD#gap#7#Case')).toBeUndefined();
  });

  test('of one channel are not those of another, and are read past the end of a page', async () => {
    const channel = { org: 'main', channel: '/data/ChangeEvents' };
    const store = storeOf();
    // Together more than the megabyte that DynamoDB answers at once.
    const many = Array.from({ length: 8 }, (_, n) => gap(`gap#${n}#Account`, { ids: ids(8_000) }));
    await Promise.all(many.map((each) => store.add(channel, each)));
    await store.add({ ...channel, org: 'other' }, gap('gap#0#Account'));
    const open = await store.open(channel);
    expect(open.map(({ id }) => id).sort()).toEqual(many.map(({ id }) => id));
    expect(open[0]?.ids).toHaveLength(8_000);
  });
}

export function objects(ground: StateGround): void {
  const storeOf = () => createDynamodbObjectStore({ client: ground.client, tableName: ground.tableName });
  const known = (fingerprint: string, fields: Record<string, string> = { Name: 'string' }) => ({ fingerprint, fields });

  test('are read as they were stored, with the most fields that an object may have', async () => {
    const fields = Object.fromEntries(
      Array.from({ length: 800 }, (_, n) => [`A_custom_field_with_a_name_of_40_chars_${n}__c`, 'multipicklist']),
    );
    const store = storeOf();
    expect(await store.read('main', 'Lead')).toBeUndefined();
    const stored = { ...known('a', fields), driftedAt: requestedAt };
    expect(await store.replace('main', 'Lead', undefined, stored)).toBe(true);
    expect(await store.read('main', 'Lead')).toEqual(stored);
    expect(await store.read('other', 'Lead')).toBeUndefined();
  });

  test('are replaced by one of several tasks that see a drift, and by none that saw an older state', async () => {
    const store = storeOf();
    const first = await Promise.all([1, 2, 3].map(() => store.replace('main', 'Case', undefined, known('a'))));
    expect(first.filter(Boolean)).toHaveLength(1);
    const second = await Promise.all(['b', 'c'].map((next) => store.replace('main', 'Case', known('a'), known(next))));
    expect(second.filter(Boolean)).toHaveLength(1);
    expect(await store.replace('main', 'Case', known('a'), known('d'))).toBe(false);
  });
}

export function latelyWritten(ground: StateGround): void {
  const at = Date.parse('2026-03-01T08:00:00Z');
  const parts = (client: StateGround['stingy'] = ground.client, now = at) => ({
    client,
    tableName: ground.tableName,
    now: () => now,
  });

  test('is found by org and Id for a quarter of an hour, the later values of a row that was written twice', async () => {
    const written = createDynamodbLatelyWritten(parts());
    await written.remember('main', [
      { id: '001A', fields: { Name: 'old' } },
      { id: '001B', fields: { Amount: 1.5, Fax: null, Parent: { Key__c: 'K' } } },
      { id: '001A', fields: { Name: 'new' } },
    ]);
    const find = createDynamodbFindWritten(parts()).find;
    expect(await find('main', '001A')).toEqual({ id: '001A', fields: { Name: 'new' } });
    expect(await find('main', '001B')).toEqual({
      id: '001B',
      fields: { Amount: 1.5, Fax: null, Parent: { Key__c: 'K' } },
    });
    expect(await find('other', '001A')).toBeUndefined();
    // The TTL deletes within days.
    expect(await ground.item('WRITTEN#main#001A', 'VALUES')).toMatchObject({ expiresAt: at / 1000 + 900 });
    expect(await createDynamodbFindWritten(parts(ground.client, at + 901_000)).find('main', '001A')).toBeUndefined();
  });

  test('is stored to the last row, whatever DynamoDB leaves undone', async () => {
    const rows = ids(60).map((id, n) => ({ id, fields: { Name: `row ${n}` } }));
    await createDynamodbLatelyWritten(parts(ground.stingy)).remember('many', rows);
    const find = createDynamodbFindWritten(parts()).find;
    expect(await Promise.all(rows.map(({ id }) => find('many', id)))).toEqual(rows);
  });

  test('leaves out a row that no item can hold, and keeps its neighbours', async () => {
    const rows = [
      { id: '001L', fields: { Description: 'x'.repeat(500_000) } },
      { id: '001S', fields: { Name: 'small' } },
    ];
    await createDynamodbLatelyWritten(parts()).remember('large', rows);
    const find = createDynamodbFindWritten(parts()).find;
    expect(await find('large', '001L')).toBeUndefined();
    expect(await find('large', '001S')).toEqual(rows[1]);
  });
}
