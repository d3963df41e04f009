import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { createDynamodbAggregateStore } from '../../../shared/state/dynamodb-aggregate-store.ts';
import { createDynamodbHeldKeys } from '../../../shared/state/dynamodb-held-keys.ts';
import { createDynamodbStepMemory } from '../../../shared/state/dynamodb-step-memory.ts';
import { itemsByKeys } from '../../../shared/state/items-by-keys.ts';
import { createReadItem } from '../../../shared/state/read-item.ts';
import type { AggregateItem } from '../../../shared/transform/aggregate-store.ts';
import type { StateGround } from './state-ground.ts';

const keysOf = (count: number) => Array.from({ length: count }, (_, n) => `key ${n}`);

export function stepMemory(ground: StateGround): void {
  const storeOf = (client: StateGround['stingy'], sink = 'prices') =>
    createDynamodbStepMemory({ client, tableName: ground.tableName, sink });
  const entry = (value: string, passedOffsets = [4, 5]) => ({
    value,
    topic: 'erp.prices',
    partition: 3,
    offset: 9_000_000_005,
    passedOffsets,
  });

  test('is read as it was stored, by sink, step and key, and the last write counts', async () => {
    const memory = storeOf(ground.client);
    await memory.store([{ step: 'threshold', key: 'A#1', ...entry('1') }]);
    await memory.store([{ step: 'threshold', key: 'A#1', ...entry('2') }]);
    const loaded = await memory.load('threshold', ['A#1', 'nothing']);
    expect([...loaded.keys()]).toEqual(['A#1']);
    expect(loaded.get('A#1')).toMatchObject(entry('2'));
    expect((await memory.load('other', ['A#1'])).size).toBe(0);
    expect((await storeOf(ground.client, 'stock').load('threshold', ['A#1'])).size).toBe(0);
  });

  test('is stored and read to the last of many keys, whatever DynamoDB leaves undone', async () => {
    const memory = storeOf(ground.stingy);
    const keys = keysOf(230);
    await memory.store(keys.map((key) => ({ step: 'many', key, ...entry(`of ${key}`) })));
    const loaded = await memory.load('many', keys);
    expect(loaded.size).toBe(230);
    expect(loaded.get('key 229')).toMatchObject({ value: 'of key 229' });
  });

  test('holds the largest value that a step leaves, with the offsets of a whole batch', async () => {
    const memory = storeOf(ground.client);
    const largest = entry(
      '€'.repeat(80_000),
      Array.from({ length: 10_000 }, (_, n) => 9_000_000_000 + n),
    );
    await memory.store([{ step: 'large', key: 'x'.repeat(1024), ...largest }]);
    expect((await memory.load('large', ['x'.repeat(1024)])).get('x'.repeat(1024))).toMatchObject(largest);
  });

  test('says so when the table does not take it', async () => {
    const memory = storeOf(ground.client);
    await expect(memory.store([{ step: 'large', key: 'k', ...entry('x'.repeat(500_000)) }])).rejects.toMatchObject({
      code: 'SKB_CHECKPOINT_FAILED',
    });
  });
}

export function aggregates(ground: StateGround): void {
  const storeOf = (sink: string, client: StateGround['stingy'] = ground.client) =>
    createDynamodbAggregateStore({ client, tableName: ground.tableName, sink });
  const item = (version: number, more: Partial<AggregateItem> = {}): AggregateItem => ({
    version,
    windows: [],
    outbox: [],
    contained: { 'sales-0': { floor: 1, offsets: [3, 4], newest: 4 } },
    newest: 1_000,
    closedUpTo: 500,
    touchedAt: 1_700_000_000_000,
    ...more,
  });
  const last = { topic: 'sales', partition: 0, offset: 4, timestamp: 1 };
  const open = { from: 0, to: 60_000, state: '{"sum":1.5}', records: 4, last };

  test('are read as they were written; one nobody needs leaves by TTL, an open one never', async () => {
    const store = storeOf('whole');
    const key = { step: 'sum', key: 'K' };
    const before = item(1, { windows: [open] });
    expect(await store.put(key, before, undefined)).toBe(true);
    expect(await store.load('sum', ['K', 'L'])).toEqual(new Map([['K', before]]));
    expect(await ground.item('MEMORY#whole#sum#K', 'AGGREGATE')).not.toHaveProperty('expiresAt');
    expect(await store.put(key, item(2), before)).toBe(true);
    expect(await ground.item('MEMORY#whole#sum#K', 'AGGREGATE')).toMatchObject({
      expiresAt: 1_700_000_000 + 14 * 24 * 3600,
    });
  });

  test('of two who write at once one is refused, with and without a date on which it is due', async () => {
    const store = storeOf('raced');
    for (const dueAt of [undefined, 5_000]) {
      const key = { step: 'sum', key: `due ${dueAt}` };
      const next = (version: number) => item(version, dueAt === undefined ? {} : { dueAt });
      const first = await Promise.all([1, 2, 3].map(() => store.put(key, next(1), undefined)));
      expect(first.filter(Boolean)).toHaveLength(1);
      const second = await Promise.all([1, 2, 3].map(() => store.put(key, next(2), next(1))));
      expect(second.filter(Boolean)).toHaveLength(1);
      expect(await store.put(key, next(2), next(1))).toBe(false);
    }
  });

  test('are due when their item says so, and their entry moves with the item or not at all', async () => {
    const store = storeOf('listed');
    const key = { step: 'sum', key: 'K' };
    await store.put(key, item(1, { dueAt: 5_000 }), undefined);
    await store.put({ step: 'sum', key: 'early' }, item(1, { dueAt: 4_000 }), undefined);
    expect(await store.due('sum', 4_999, 100)).toEqual(['early']);
    expect(await store.due('sum', 5_000, 100)).toEqual(['early', 'K']);
    // Refused, because the item is another one by now.
    expect(await store.put(key, item(9, { dueAt: 1_000 }), item(8, { dueAt: 5_000 }))).toBe(false);
    expect(await store.due('sum', 5_000, 100)).toEqual(['early', 'K']);
    await store.put(key, item(2, { dueAt: 60_000 }), item(1, { dueAt: 5_000 }));
    expect(await store.due('sum', 59_999, 100)).toEqual(['early']);
    await store.put(key, item(3), item(2, { dueAt: 60_000 }));
    expect(await store.due('sum', 1e12, 100)).toEqual(['early']);
  });

  test('hold the largest state and the longest key that a step lets through', async () => {
    const store = storeOf('large');
    const key = { step: 'sum', key: 'x'.repeat(1000) };
    const large = item(1, {
      dueAt: 1,
      windows: Array.from({ length: 3 }, () => ({ ...open, state: 'x'.repeat(100_000) })),
    });
    expect(await store.put(key, large, undefined)).toBe(true);
    expect((await store.load('sum', [key.key])).get(key.key)).toEqual(large);
    expect(await store.due('sum', 1, 10)).toEqual([key.key]);
  });

  test('are read to the last of many keys, whatever DynamoDB leaves undone', async () => {
    const keys = keysOf(130);
    const store = storeOf('many', ground.stingy);
    await Promise.all(keys.map((key) => store.put({ step: 'sum', key }, item(1), undefined)));
    expect((await store.load('sum', keys)).size).toBe(130);
  });
}

export function heldKeys(ground: StateGround): void {
  const storeOf = (now: number, sink = 'prices') => {
    let number = 0;
    return createDynamodbHeldKeys({
      client: ground.client,
      read: createReadItem(ground.client, ground.tableName),
      tableName: ground.tableName,
      sink,
      consumerGroup: 'shop.prices',
      now: () => now,
      unique: () => `${now}-${++number}`,
    });
  };
  // As long as those that the sink makes.
  const hash = (n: number) => String(n).padStart(16, 'h');

  test('are held by every sink of the group until their fence passes, and then by none', async () => {
    const at = 1_700_000_000_000;
    const keys = [
      { key: hash(1), digest: hash(2), until: at + 1_000 },
      { key: hash(3), digest: '', until: at + 2_000 },
    ];
    await storeOf(at).hold(keys);
    expect(await storeOf(at).load()).toEqual(keys);
    expect(await storeOf(at + 1_500).load()).toEqual(keys.slice(1));
    expect(await storeOf(at + 2_001).load()).toEqual([]);
    expect(await storeOf(at, 'stock').load()).toEqual([]);
    expect(await ground.item('SINK#prices#shop.prices#HELD', `${at + 1_000}#${at}-1`)).toMatchObject({
      expiresAt: (at + 1_000) / 1000 + 60,
    });
  });

  test('cost one read while there are none, and are found whichever fence passes last', async () => {
    const at = 1_700_000_000_000;
    const commands: string[] = [];
    const send = (command: object, ...rest: unknown[]) => {
      commands.push(command.constructor.name);
      return (ground.client.send as (...given: unknown[]) => unknown)(command, ...rest);
    };
    const client = { send } as typeof ground.client;
    const storeAt = (now: number) =>
      createDynamodbHeldKeys({
        client,
        read: createReadItem(client, ground.tableName),
        tableName: ground.tableName,
        sink: 'quiet',
        consumerGroup: 'shop.quiet',
        now: () => now,
        unique: () => 'one',
      });
    expect(await storeAt(at).load()).toEqual([]);
    expect(commands).toEqual(['BatchGetCommand']);
    const later = { key: hash(1), digest: hash(2), until: at + 2_000 };
    const earlier = { key: hash(3), digest: hash(4), until: at + 1_000 };
    await storeAt(at).hold([later]);
    await storeAt(at).hold([earlier]);
    expect(await storeAt(at + 500).load()).toEqual([earlier, later]);
    expect(await storeAt(at + 1_500).load()).toEqual([later]);
    commands.length = 0;
    expect(await storeAt(at + 2_000).load()).toEqual([]);
    expect(commands).toEqual(['BatchGetCommand']);
  });

  test('of a whole batch fit into their items, and are all read again', async () => {
    const at = 1_700_000_000_000;
    const keys = Array.from({ length: 12_000 }, (_, n) => ({ key: hash(n), digest: hash(n), until: at + 60_000 }));
    await storeOf(at, 'many').hold(keys);
    expect(await storeOf(at, 'many').load()).toHaveLength(12_000);
  });
}

export function tablesOfUsers(ground: StateGround): void {
  test('give the items of many keys, whatever DynamoDB leaves undone', async () => {
    const table = 'countries';
    await ground.client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'code', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'code', KeyType: 'HASH' }],
      }),
    );
    const keys = keysOf(110);
    await Promise.all(keys.map((code) => ground.client.send(new PutCommand({ TableName: table, Item: { code } }))));
    const found = await itemsByKeys(ground.stingy, { table, key: 'code', keys: [...keys, 'nowhere'] });
    expect(found).toHaveLength(110);
    await expect(itemsByKeys(ground.client, { table: 'missing', key: 'code', keys })).rejects.toMatchObject({
      code: 'SKB_LOOKUP_FAILED',
    });
  });
}
