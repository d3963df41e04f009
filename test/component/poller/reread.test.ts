import { describe, expect, it } from 'vitest';
import type { Source } from '../../../shared/bridge/bridge.ts';
import { BridgeError } from '../../../shared/errors/bridge-error.ts';
import { productChannel, source, until } from '../../unit/functions/poller/in-memory.ts';
import { create, type Parts, startAll, valuesOf, whileRunning } from './harness.ts';

const headersOf = (parts: Pick<Parts, 'producer'>) =>
  parts.producer.records.map(({ headers }) =>
    Object.fromEntries(headers.map(({ name, value }) => [name, value.toString()])),
  );
const resync = (settings: Partial<Source> = {}) => source({ onReplayLost: 'resync', ...settings });

describe('gap events are read again', () => {
  it('in one call for all their rows, and published whole under the name of their change', async () => {
    await using all = await startAll();
    const ids = ['Bolt', 'Nut', 'Washer'].map((Name) => create(all.org, 'Product2', { Name, Family: 'Steel' }));
    await whileRunning(all, [source()], async () => {
      const before = all.org.control.counters().apiCallsByKind;
      all.org.control.addFault({ kind: 'gap-event', object: 'Product2', recordIds: ids, change: 'UPDATE' });
      await until(() => all.parts.producer.records.length === 3);
      expect(all.org.control.counters().apiCallsByKind.query ?? 0).toBe((before.query ?? 0) + 1);
    });
    expect(valuesOf(all.parts)).toMatchObject(
      ['Bolt', 'Nut', 'Washer'].map((Name) => ({ Name, Family: 'Steel', Description: null, _EventType: 'updated' })),
    );
    expect(headersOf(all.parts)[0]).toMatchObject({
      'salesforce.complete': 'true',
      'salesforce.change.type': 'GAP_UPDATE',
      'bridge.reread': 'gap',
    });
  });

  it.each([
    ['CREATE', 'created'],
    ['UNDELETE', 'undeleted'],
    ['DELETE', 'deleted'],
  ] as const)('of %s as %s', async (change, eventType) => {
    await using all = await startAll();
    const id = create(all.org, 'Product2', { Name: 'Bolt' });
    if (change === 'DELETE') all.org.control.changeRows({ delete: [id] });
    await whileRunning(all, [source()], async () => {
      all.org.control.addFault({ kind: 'gap-event', object: 'Product2', recordIds: [id], change });
      await until(() => all.parts.producer.records.length === 1);
    });
    expect(valuesOf(all.parts)).toMatchObject([{ Id: id, _EventType: eventType }]);
  });

  it('as deleted, when the row is gone by now', async () => {
    await using all = await startAll();
    const id = create(all.org, 'Product2', { Name: 'Bolt' });
    all.org.control.changeRows({ delete: [id] });
    await whileRunning(all, [source()], async () => {
      all.org.control.addFault({ kind: 'gap-event', object: 'Product2', recordIds: [id], change: 'UPDATE' });
      await until(() => all.parts.producer.records.length === 1);
    });
    expect(valuesOf(all.parts)).toEqual([{ Id: id, _ObjectType: 'Product2', _EventType: 'deleted' }]);
  });

  it('after a crash that came before they were, because the table remembers them', async () => {
    await using all = await startAll();
    const id = create(all.org, 'Product2', { Name: 'Bolt' });
    all.org.control.addFault({ kind: 'respond', match: { pathContains: '/queryAll' }, status: 503 });
    await whileRunning(all, [source()], async () => {
      all.org.control.addFault({ kind: 'gap-event', object: 'Product2', recordIds: [id], change: 'UPDATE' });
      await until(() => all.parts.logger.of('re-read waits').length > 0);
      await until(() => all.parts.channels.positions.get(`main ${productChannel}`)?.replayId !== undefined);
    });
    expect(valuesOf(all.parts)).toEqual([]);
    all.org.control.clearFaults();
    await whileRunning(all, [source()], () => until(() => all.parts.producer.records.length === 1));
    expect(valuesOf(all.parts)).toMatchObject([{ Id: id, Name: 'Bolt', _EventType: 'updated' }]);
  });
});

it('an overflow event brings every row of its object, deleted ones too, and a gap record', async () => {
  await using all = await startAll();
  const ids = ['Bolt', 'Nut', 'Washer'].map((Name) => create(all.org, 'Product2', { Name }));
  all.org.control.changeRows({ delete: [ids[1] ?? ''] });
  await whileRunning(all, [source()], async () => {
    all.org.control.addFault({ kind: 'overflow-event', object: 'Product2' });
    await until(() => valuesOf(all.parts).some((value) => value['_EventType'] === 'gap'));
  });
  const gap = valuesOf(all.parts).at(-1);
  const rows = valuesOf(all.parts).filter((value) => ids.includes(String(value['Id'])));
  expect(rows).toMatchObject([
    { Name: 'Bolt', _EventType: 'snapshot' },
    { Name: 'Washer', _EventType: 'snapshot' },
    { Id: ids[1], _EventType: 'deleted' },
  ]);
  expect(gap).toMatchObject({
    _ObjectType: 'Product2',
    reason: 'overflow',
    rowsReread: rows.length,
    notRecovered: expect.arrayContaining([expect.stringContaining('overwritten')]),
  });
  // Nothing is missing but what was committed in that one transaction.
  expect(gap?.['to']).toBe(gap?.['from']);
  const copies = all.parts.producer.records.filter(({ value }) => JSON.parse(String(value))._EventType === 'gap');
  expect(copies.map(({ partition }) => partition)).toEqual([0, 1, 2]);
});

it('rows and gap records that were published before a crash are not published again', async () => {
  await using all = await startAll();
  const ids = ['Bolt', 'Nut', 'Washer'].map((Name) => create(all.org, 'Product2', { Name }));
  let failures = 0;
  const forgetful = {
    ...all.parts.rereads,
    async done(): Promise<void> {
      failures += 1;
      throw new BridgeError('SKB_CHECKPOINT_FAILED', 'The table does not answer');
    },
  };
  await whileRunning({ ...all, parts: { ...all.parts, rereads: forgetful } }, [source()], async () => {
    all.org.control.addFault({ kind: 'overflow-event', object: 'Product2' });
    // It is read again by the same task, too.
    await until(() => failures >= 2);
    // The channel's position moves on behind the rows.
    create(all.org, 'Product2', { Name: 'Pin' });
    await until(() =>
      valuesOf(all.parts).some((value) => value['_EventType'] === 'created' && value['Name'] === 'Pin'),
    );
  });
  await whileRunning(all, [source()], () => until(() => all.parts.logger.of('re-read done').length === 1));
  const values = valuesOf(all.parts);
  for (const id of ids) {
    expect(values.filter((value) => value['Id'] === id && value['_EventType'] === 'snapshot')).toHaveLength(1);
  }
  const gaps = all.parts.producer.records.filter(({ value }) => JSON.parse(String(value))._EventType === 'gap');
  expect(gaps.map(({ partition }) => partition)).toEqual([0, 1, 2]);
});

describe('a lost replay ID', () => {
  /** The org keeps events for so short that the poller's position is lost while it is down. */
  async function lose(policy: Source['onReplayLost']) {
    const retentionMs = 3 * 24 * 3600 * 1000;
    const all = await startAll({ pastMs: 2 * retentionMs });
    const story = { id: '', gone: '' };
    await whileRunning(all, [source({ onReplayLost: policy })], async () => {
      story.id = create(all.org, 'Product2', { Name: 'version 1' });
      story.gone = create(all.org, 'Product2', { Name: 'to be deleted' });
      await until(() => all.parts.producer.records.length === 2);
    });
    all.org.control.changeRows({ update: [{ Id: story.id, Name: 'version 2', Family: 'changed in the hole' }] });
    all.org.control.changeRows({ delete: [story.gone] });
    create(all.org, 'Product2', { Name: 'created in the hole' });
    // The changes are published a moment after their commit, and age from then on.
    all.org.control.advanceClock(1000);
    all.org.control.advanceClock(retentionMs + 3600 * 1000);
    all.org.control.changeRows({ update: [{ Id: story.id, Name: 'version 3' }] });
    all.org.control.advanceClock(1000);
    // The bridge knows its past by its own clock, which did not move.
    for (const [key, position] of all.parts.channels.positions) {
      const openedAt = new Date(Date.now() - 2 * retentionMs).toISOString();
      all.parts.channels.positions.set(key, { ...position, openedAt });
    }
    const [published] = all.parts.producer.records.splice(0);
    return { all, story, holeAt: published?.timestamp ?? 0 };
  }

  it('with resync loses no state: what changed is read again, what happens now comes first', async () => {
    const { all, story, holeAt } = await lose('resync');
    await using _ = all;
    await whileRunning(all, [resync()], () =>
      until(() => valuesOf(all.parts).some((value) => value['_EventType'] === 'gap')),
    );
    const values = valuesOf(all.parts);
    expect(values[0]).toMatchObject({ Id: story.id, Name: 'version 3', _EventType: 'updated' });
    expect(values).toContainEqual(expect.objectContaining({ Name: 'created in the hole', _EventType: 'snapshot' }));
    expect(values).toContainEqual(expect.objectContaining({ Id: story.gone, _EventType: 'deleted' }));
    const versions = values.filter((value) => value['Id'] === story.id).map((value) => value['Name']);
    expect(versions).toEqual(['version 3', 'version 3']);
    // The change of another field in the hole is told by no event any more.
    expect(values.findLast((value) => value['Id'] === story.id)).toMatchObject({ Family: 'changed in the hole' });
    const gap = values.at(-1);
    expect(gap).toMatchObject({ _EventType: 'gap', reason: 'replayLost', onReplayLost: 'resync' });
    // What is still retained comes by events, so the hole ends before it, two hours after the changes that are gone.
    const [live] = all.parts.producer.records;
    expect(Date.parse(String(gap?.['to']))).toBeLessThan(live?.timestamp ?? 0);
    expect(Date.parse(String(gap?.['to']))).toBeGreaterThan(holeAt);
    expect(Date.parse(String(gap?.['to']))).toBeLessThan(holeAt + 2 * 3600 * 1000);
  });

  it('begins well before the last certain moment, because clocks differ and transactions take their time', async () => {
    const { all } = await lose('resync');
    await using _ = all;
    await whileRunning(all, [resync()], () => until(() => all.parts.logger.of('re-read done').length === 1));
    const [{ from, hole } = {}] = all.parts.rereads.kept.values();
    expect(Date.parse(hole?.from ?? '') - Date.parse(from ?? '')).toBe(15 * 60_000);
  });

  it.each(['earliest', 'latest', 'halt'] as const)('with %s says what is missing', async (policy) => {
    const { all } = await lose(policy);
    await using _ = all;
    await whileRunning(
      all,
      [source({ onReplayLost: policy })],
      async () => {
        const isPublished = (name: string, value: string) => valuesOf(all.parts).some((each) => each[name] === value);
        await until(() => isPublished('_EventType', 'gap'));
        if (policy === 'earliest') await until(() => isPublished('Name', 'version 3'));
      },
      { untilSubscribed: policy !== 'halt' },
    );
    const gap = valuesOf(all.parts).find((value) => value['_EventType'] === 'gap');
    expect(gap).toMatchObject({ onReplayLost: policy, rowsReread: 0, notRecovered: ['every event in between'] });
    expect(gap?.['to'] === null).toBe(policy === 'halt');
    const names = valuesOf(all.parts).map((value) => value['Name']);
    expect(names.includes('version 3')).toBe(policy === 'earliest');
  });

  it('that halted the channel is made up for when somebody decides to', async () => {
    const { all, story } = await lose('halt');
    await using _ = all;
    const gaps = () => valuesOf(all.parts).filter((value) => value['_EventType'] === 'gap');
    const halted = () => until(() => gaps().length > 0);
    await whileRunning(all, [source({ onReplayLost: 'halt' })], halted, { untilSubscribed: false });
    expect(gaps()).toMatchObject([{ to: null }, { to: null }, { to: null }]);
    all.parts.producer.records.splice(0);

    await whileRunning(all, [resync()], () => until(() => gaps().length > 0));
    const values = valuesOf(all.parts);
    expect(values).toContainEqual(expect.objectContaining({ Name: 'created in the hole', _EventType: 'snapshot' }));
    expect(values).toContainEqual(expect.objectContaining({ Id: story.gone, _EventType: 'deleted' }));
    expect(gaps()[0]).toMatchObject({ onReplayLost: 'resync', to: expect.any(String) });
  });
});

it('an update that is nothing but our own write is left out, where the source asks for it', async () => {
  await using all = await startAll();
  const id = create(all.org, 'Product2', { Name: 'Bolt' });
  const written = { find: async () => ({ id, fields: { Name: 'Nut', Description: 'small' } }) };
  const guarded = { ...all, parts: { ...all.parts, written } };
  await whileRunning(guarded, [source({ loopGuard: true })], async () => {
    for (const body of [{ Name: 'Nut' }, { Description: 'small', Family: 'added by a flow' }]) {
      await all.rest.request({ method: 'PATCH', path: `/sobjects/Product2/${id}`, body });
    }
    await until(() => valuesOf(all.parts).at(-1)?.['_EventType'] === 'updated');
  });
  const updates = valuesOf(all.parts).filter((value) => value['_EventType'] === 'updated');
  expect(updates).toMatchObject([{ Description: 'small', Family: 'added by a flow' }]);
  expect(all.parts.counters.read().skipped.echo).toBe(1);
});

describe('what an event leaves out is read before its record is made:', () => {
  it('a long text that came as a difference', async () => {
    await using all = await startAll({ settings: { longTextDiffs: true } });
    const before = `${'line\n'.repeat(400)}end`;
    const id = create(all.org, 'Product2', { Name: 'Bolt', Description: before });
    await whileRunning(all, [source()], async () => {
      all.org.control.changeRows({ update: [{ Id: id, Description: `${before} changed` }] });
      // On a busy machine the row's creation is published when the channel is open already.
      await until(() => valuesOf(all.parts).at(-1)?.['_EventType'] === 'updated');
    });
    expect(valuesOf(all.parts).at(-1)).toMatchObject({ Id: id, Description: `${before} changed` });
    expect(headersOf(all.parts).at(-1)).not.toHaveProperty('salesforce.diff.fields');
  });

  it('the unchanged fields, where the source wants full rows, in one call for many rows', async () => {
    await using all = await startAll();
    const ids = ['Bolt', 'Nut', 'Pin'].map((Name) => create(all.org, 'Product2', { Name, Family: 'Steel' }));
    // On a busy machine the rows' creation is published when the channel is open already.
    const updates = () => valuesOf(all.parts).filter((value) => value['_EventType'] === 'updated');
    await whileRunning(all, [source({ fullRow: true })], async () => {
      const before = all.org.control.counters().apiCallsByKind.query ?? 0;
      all.org.control.changeRows({ update: ids.map((Id) => ({ Id, Description: 'new' })) });
      await until(() => updates().length === 3);
      expect((all.org.control.counters().apiCallsByKind.query ?? 0) - before).toBeLessThanOrEqual(3);
    });
    expect(updates()).toMatchObject(
      ['Bolt', 'Nut', 'Pin'].map((Name) => ({ Name, Family: 'Steel', Description: 'new', _EventType: 'updated' })),
    );
    expect(headersOf(all.parts).at(-1)).toMatchObject({ 'salesforce.complete': 'true' });
  });
});
