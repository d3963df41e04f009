import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type EventMessage, eventSeed, openClient, withOrg } from './events-support.ts';
import { collect } from './support.ts';

const headerOf = ({ data }: EventMessage) => data.payload.ChangeEventHeader;
const account = { attributes: { type: 'Account' } };

describe('change event channels', () => {
  it('carry several objects, and fields that did not change', async () => {
    await withOrg({ seed: eventSeed }, async (org) => {
      const { probe, clientId } = await openClient(org);
      expect(await probe.subscribe(clientId, '/data/Sales__chn')).toMatchObject({ successful: true });
      const record = { Name: 'a', External_Id__c: 'x1', BillingCity: 'Ulm' };
      const { body } = await org.rest('POST', 'sobjects/Account', record);
      const { id } = body as { id: string };
      await org.rest('PATCH', `sobjects/Account/${id}`, { Phone: '1' });
      const opportunity = { Name: 'o', StageName: 'Prospecting', CloseDate: '2026-01-01' };
      await org.rest('POST', 'sobjects/Opportunity', opportunity);
      await org.rest('DELETE', `sobjects/Account/${id}`);
      const messages = (await collect(probe, clientId, 4)) as unknown as EventMessage[];
      expect(messages.map((message) => [headerOf(message)['entityName'], headerOf(message)['changeType']])).toEqual([
        ['Account', 'CREATE'],
        ['Account', 'UPDATE'],
        ['Opportunity', 'CREATE'],
        ['Account', 'DELETE'],
      ]);
      expect(messages[1]?.data.payload).toMatchObject({
        Phone: '1',
        External_Id__c: 'x1',
        BillingAddress: { City: 'Ulm' },
        ChangeEventHeader: { changedFields: ['Phone', 'LastModifiedDate'] },
      });
      expect(messages[3]?.data.payload).toMatchObject({ External_Id__c: 'x1', BillingAddress: { City: 'Ulm' } });
    });
  });

  it('carry only what passes their filter expression', async () => {
    const filtered = { entity: 'AccountChangeEvent', filterExpression: "Industry = 'Energy' AND AnnualRevenue > 10" };
    const low = { entity: 'Low_Ink__e', filterExpression: 'Ink_Percentage__c < 5' };
    const channels = [
      { name: 'Energy__chn', kind: 'data' as const, members: [filtered] },
      { name: 'Empty__chn', kind: 'event' as const, members: [low] },
    ];
    await withOrg({ seed: { ...eventSeed, channels } }, async (org) => {
      const { probe, clientId } = await openClient(org);
      for (const channel of ['/data/Energy__chn', '/event/Empty__chn']) {
        expect(await probe.subscribe(clientId, channel)).toMatchObject({ successful: true });
      }
      const energy = { ...account, Industry: 'Energy' };
      const records = [
        { ...account, Name: 'other', AnnualRevenue: 20 },
        { ...energy, Name: 'small', AnnualRevenue: 10 },
        { ...energy, Name: 'large', AnnualRevenue: 20 },
      ];
      await org.rest('POST', 'composite/sobjects', { records });
      for (const percent of [50, 4]) {
        await org.rest('POST', 'sobjects/Low_Ink__e', { Serial_Number__c: '1', Ink_Percentage__c: percent });
      }
      const messages = (await collect(probe, clientId, 2)) as unknown as EventMessage[];
      const [change, event] = messages.map(({ data }) => data.payload);
      expect(messages).toHaveLength(2);
      expect(change).toMatchObject({ Name: 'large' });
      expect(event).toMatchObject({ Ink_Percentage__c: 4 });
    });
  });

  it('refuse a filter expression that cannot be used, before the org starts', async () => {
    const member = { entity: 'AccountChangeEvent', filterExpression: 'Nope__c = 1' };
    const channels = [{ name: 'Wrong__chn', kind: 'data' as const, members: [member] }];
    await expect(withOrg({ seed: { channels } }, async () => {})).rejects.toThrow(/channels\.Wrong__chn.*Nope__c/s);
  });

  it('exist for an object that only a custom channel selects', async () => {
    await withOrg({ seed: eventSeed }, async (org) => {
      const { probe, clientId } = await openClient(org);
      expect(await probe.subscribe(clientId, '/data/OpportunityChangeEvent')).toMatchObject({ successful: true });
      expect(await probe.subscribe(clientId, '/data/CampaignChangeEvent')).toMatchObject({ successful: false });
    });
  });

  it('are refused or thinned out for users who may not view all', async () => {
    const restrictedUsers = { 'integration@example.org': { noViewAll: ['Account'] } };
    await withOrg({ settings: { restrictedUsers } }, async (org) => {
      const { probe, clientId } = await openClient(org);
      expect((await probe.subscribe(clientId, '/data/AccountChangeEvent'))['error']).toBe(
        '403::User not allowed to subscribe CDC without required permissions',
      );
      await probe.subscribe(clientId, '/data/ChangeEvents');
      await org.rest('POST', 'sobjects/Account', { Name: 'unseen' });
      await org.rest('POST', 'sobjects/Lead', { LastName: 'seen', Company: 'c' });
      const messages = (await collect(probe, clientId, 1)) as unknown as EventMessage[];
      expect(messages.map((message) => headerOf(message)['entityName'])).toEqual(['Lead']);
    });
  });
});

describe('metadata that changes while clients listen', () => {
  it('shows in the next events: their schema, their fields and the PushTopics', async () => {
    await withOrg({}, async (org) => {
      const topic = { Name: 'All', Query: 'SELECT Id, Name FROM Account', ApiVersion: 60 };
      await org.rest('POST', 'sobjects/PushTopic', topic);
      const { probe, clientId } = await openClient(org);
      await probe.subscribe(clientId, '/data/AccountChangeEvent');
      await probe.subscribe(clientId, '/topic/All');
      await org.rest('POST', 'sobjects/Account', { Name: 'before' });
      const before = (await collect(probe, clientId, 2)) as unknown as EventMessage[];
      org.control.changeMetadata({ object: 'Account', setField: { name: 'Level__c', type: 'text' } });
      await org.rest('POST', 'sobjects/Account', { Name: 'after', Level__c: '7' });
      const after = (await collect(probe, clientId, 2)) as unknown as EventMessage[];
      expect(after.map(({ channel }) => channel)).toEqual(['/data/AccountChangeEvent', '/topic/All']);
      expect(after[0]?.data.payload['Level__c']).toBe('7');
      expect(after[0]?.data.schema).not.toBe(before[0]?.data.schema);
      org.control.changeMetadata({ object: 'Opportunity', changeEvents: true });
      expect(await probe.subscribe(clientId, '/data/OpportunityChangeEvent')).toMatchObject({ successful: true });
    });
  });
});

describe('gap and overflow events', () => {
  it('come on demand, without a body and without an origin', async () => {
    await withOrg({}, async (org) => {
      const { probe, clientId } = await openClient(org);
      await probe.subscribe(clientId, '/data/ChangeEvents');
      const recordIds = ['001Hn0000000001AAA'];
      org.control.addFault({ kind: 'gap-event', object: 'Account', change: 'UPDATE', recordIds });
      org.control.addFault({ kind: 'overflow-event', object: 'Account' });
      const messages = (await collect(probe, clientId, 2)) as unknown as EventMessage[];
      expect(messages.map(({ data }) => Object.keys(data.payload))).toEqual([
        ['ChangeEventHeader'],
        ['ChangeEventHeader'],
      ]);
      expect(messages.map(headerOf)).toMatchObject([
        { changeType: 'GAP_UPDATE', recordIds, changedFields: [], changeOrigin: '' },
        { changeType: 'GAP_OVERFLOW', recordIds: ['000000000000000AAA'] },
      ]);
    });
  });

  it('replace an event that is too large', async () => {
    await withOrg({ settings: { changeEventBytes: 2000 } }, async (org) => {
      const { probe, clientId } = await openClient(org);
      await probe.subscribe(clientId, '/data/AccountChangeEvent');
      await org.rest('POST', 'sobjects/Account', { Name: 'large', Description: 'x'.repeat(3000) });
      await org.rest('POST', 'sobjects/Account', { Name: 'small' });
      const messages = (await collect(probe, clientId, 2)) as unknown as EventMessage[];
      expect(messages.map((message) => headerOf(message)['changeType'])).toEqual(['GAP_CREATE', 'CREATE']);
      expect(Object.keys(messages[0]?.data.payload ?? {})).toEqual(['ChangeEventHeader']);
    });
  });

  it('end a transaction that changes too much', async () => {
    await withOrg({ settings: { overflowAfterChanges: 2 } }, async (org) => {
      const { probe, clientId } = await openClient(org);
      await probe.subscribe(clientId, '/data/ChangeEvents');
      const records = ['a', 'b', 'c', 'd'].map((name) => ({ ...account, Name: name }));
      await org.rest('POST', 'composite/sobjects', { records });
      const messages = (await collect(probe, clientId, 3)) as unknown as EventMessage[];
      expect(messages.map((message) => headerOf(message)['changeType'])).toEqual(['CREATE', 'CREATE', 'GAP_OVERFLOW']);
    });
  });
});

describe('change events', () => {
  it('merge equal changes of one transaction when so set', async () => {
    await withOrg({ settings: { mergeChangeEvents: true } }, async (org) => {
      const { probe, clientId } = await openClient(org);
      const records = ['a', 'b'].map((name) => ({ ...account, Name: name }));
      const { body } = await org.rest('POST', 'composite/sobjects', { records });
      const ids = (body as { id: string }[]).map(({ id }) => id);
      await probe.subscribe(clientId, '/data/AccountChangeEvent', -2);
      await collect(probe, clientId, 2);
      const updates = ids.map((id) => ({ ...account, Id: id, Phone: '1' }));
      await org.rest('PATCH', 'composite/sobjects', { records: updates });
      const [message] = (await collect(probe, clientId, 1)) as unknown as EventMessage[];
      expect(message?.data.payload.ChangeEventHeader['recordIds']).toEqual(ids);
    });
  });

  it('carry long texts as a diff when so set', async () => {
    await withOrg({ settings: { longTextDiffs: true } }, async (org) => {
      const { probe, clientId } = await openClient(org);
      await probe.subscribe(clientId, '/data/AccountChangeEvent');
      const lines = Array.from({ length: 100 }, (_unused, index) => `line ${index} ${'x'.repeat(10)}`);
      const { body } = await org.rest('POST', 'sobjects/Account', { Name: 'a', Description: lines.join('\n') });
      const after = lines.with(50, 'changed').join('\n');
      await org.rest('PATCH', `sobjects/Account/${(body as { id: string }).id}`, { Description: after });
      const [, update] = (await collect(probe, clientId, 2)) as unknown as EventMessage[];
      const diff = String((update?.data.payload['Description'] as { diff?: string } | undefined)?.diff);
      const hash = createHash('sha256').update(after).digest('hex');
      expect(diff.split('\n').slice(0, 3)).toEqual(['--- ', `+++ ${hash}`, '@@ -48,7 +48,7 @@']);
      expect(update?.data.payload.ChangeEventHeader['changedFields']).toContain('Description');
    });
  });

  it.each([
    ['rest', 'mine', 'com/salesforce/api/rest/66.0;client=mine'],
    ['bulk', 'mine', 'com/salesforce/api/bulk/66.0;client=mine'],
    [undefined, undefined, 'com/salesforce/api/soap/66.0;client=SfdcInternalAPI/'],
  ] as const)('name their origin: %s of %s', async (api, client, origin) => {
    await withOrg({}, async (org) => {
      const { probe, clientId } = await openClient(org);
      await probe.subscribe(clientId, '/data/AccountChangeEvent');
      org.control.changeRows({ create: [{ ...account, Name: 'a' }], api, client });
      const [message] = (await collect(probe, clientId, 1)) as unknown as EventMessage[];
      expect(message?.data.payload.ChangeEventHeader['changeOrigin']).toBe(origin);
    });
  });
});
