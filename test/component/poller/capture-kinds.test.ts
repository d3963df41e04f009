import { describe, expect, it } from 'vitest';
import { eventSeed } from '../../contract/org/events-support.ts';
import { source, until } from '../../unit/functions/poller/in-memory.ts';
import { create, startAll, valuesOf, whileRunning } from './harness.ts';

describe('every kind of channel becomes records', () => {
  it('a platform event, by its own channel and by a custom one that names it by schema only', async () => {
    await using all = await startAll({ seed: eventSeed });
    const sources = [
      source({
        name: 'ink',
        capture: { kind: 'platformEvent', event: 'Low_Ink__e' },
        topic: 'ink',
        key: 'Serial_Number__c',
      }),
      source({
        name: 'printers',
        capture: { kind: 'platformEvent', event: 'Printers__chn', events: ['Low_Ink__e'] },
        topic: 'printers.${_ObjectType}',
      }),
    ];
    await whileRunning(all, sources, async () => {
      create(all.org, 'Low_Ink__e', { Serial_Number__c: '1001' });
      create(all.org, 'Audit__e', { Text__c: 'nobody asked for it' });
      create(all.org, 'Low_Ink__e', { Serial_Number__c: '1002' });
      await until(() => all.parts.producer.records.length >= 4);
      await until(() => all.parts.counters.read().skipped['not-selected'] === 1);
    });
    expect(valuesOf(all.parts, 'ink')).toMatchObject([
      { Serial_Number__c: '1001', Ink_Percentage__c: null, _ObjectType: 'Low_Ink__e', _EventType: 'created' },
      { Serial_Number__c: '1002' },
    ]);
    expect(valuesOf(all.parts, 'printers.Low_Ink__e').map((value) => value['Serial_Number__c'])).toEqual([
      '1001',
      '1002',
    ]);
    const [first] = all.parts.producer.records.filter((record) => record.topic === 'ink');
    expect(first?.key).toBe('{"Serial_Number__c":"1001"}');
    expect(first?.headers.map(({ name }) => name)).toContain('salesforce.event.uuid');
  });

  it('changes of several objects on one channel, each to its own topic', async () => {
    await using all = await startAll();
    const capture = {
      kind: 'changeDataCaptureChannel',
      channel: 'ChangeEvents',
      objects: ['Account', 'Product2'],
    } as const;
    const sources = [
      source({
        name: 'all',
        capture: { ...capture, objects: [...capture.objects] },
        topic: 'sf.${_ObjectType}',
        lowerCaseTopic: true,
      }),
    ];
    await whileRunning(all, sources, async () => {
      create(all.org, 'Account', { Name: 'Acme' });
      create(all.org, 'Contact', { LastName: 'Nobody asked for' });
      create(all.org, 'Product2', { Name: 'Bolt' });
      await until(() => all.parts.producer.records.length === 2);
    });
    expect(valuesOf(all.parts, 'sf.account')).toMatchObject([{ Name: 'Acme', _ObjectType: 'Account' }]);
    expect(valuesOf(all.parts, 'sf.product2')).toMatchObject([{ Name: 'Bolt', _ObjectType: 'Product2' }]);
  });

  it('a custom channel of change events', async () => {
    await using all = await startAll({ seed: eventSeed });
    const capture = { kind: 'changeDataCaptureChannel', channel: 'Sales__chn' } as const;
    await whileRunning(all, [source({ capture, topic: 'sales' })], async () => {
      create(all.org, 'Account', { Name: 'Acme' });
      create(all.org, 'Product2', { Name: 'not on this channel' });
      create(all.org, 'Account', { Name: 'Zenith' });
      await until(() => all.parts.producer.records.length === 2);
    });
    expect(valuesOf(all.parts).map((value) => value['Name'])).toEqual(['Acme', 'Zenith']);
  });

  it('a generic channel, in the order of its events', async () => {
    await using all = await startAll();
    const id = create(all.org, 'StreamingChannel', { Name: '/u/Notices' });
    const push = (payload: string) =>
      all.rest.request({
        method: 'POST',
        path: `/sobjects/StreamingChannel/${id}/push`,
        body: { pushEvents: [{ payload, userIds: [] }] },
      });
    const capture = { kind: 'generic', channel: '/u/Notices' } as const;
    await whileRunning(all, [source({ capture, topic: 'notices' })], async () => {
      const pushed = await push('one');
      expect(pushed).toMatchObject([{ fanoutCount: -1 }]);
      await push('two');
      await until(() => all.parts.producer.records.length === 2);
    });
    expect(valuesOf(all.parts)).toMatchObject([
      { payload: 'one', _ObjectType: 'Notices', _EventType: 'created' },
      { payload: 'two' },
    ]);
    expect(new Set(all.parts.producer.records.map((record) => record.key))).toEqual(
      new Set(['{"channel":"/u/Notices"}']),
    );
  });
});
