import { describe, expect, it } from 'vitest';
import type { SeedInput } from '../../../local/org/seed.ts';
import { type EventMessage, openClient, withOrg } from './events-support.ts';
import { collect } from './support.ts';

const seed: SeedInput = {
  changeEvents: ['Account'],
  customFields: {
    Account: [
      { name: 'Region__c', type: 'text', length: 20 },
      { name: 'Changed_At__c', type: 'datetime' },
    ],
  },
  flows: [
    {
      object: 'Account',
      name: 'Region',
      when: 'OR(ISNEW(), ISCHANGED(BillingCountry))',
      set: { Region__c: "IF(BillingCountry = 'AT', 'Alps', 'Other')" },
    },
    { object: 'Account', name: 'Stamp', when: 'NOT(ISCHANGED(Changed_At__c))', set: { Changed_At__c: 'NOW()' } },
  ],
};

describe('record-triggered flows', () => {
  it('set fields in the transaction that ran into them, so that its change event carries them', async () => {
    await withOrg({ seed }, async (org) => {
      const { probe, clientId } = await openClient(org);
      await probe.subscribe(clientId, '/data/AccountChangeEvent');
      const { body } = await org.rest('POST', 'sobjects/Account', { Name: 'a', BillingCountry: 'AT' });
      const path = `sobjects/Account/${(body as { id: string }).id}`;
      expect((await org.rest('GET', path)).body).toMatchObject({ Region__c: 'Alps' });
      await org.rest('PATCH', path, { BillingCountry: 'FR', Changed_At__c: '2026-01-01T00:00:00Z' });
      const messages = (await collect(probe, clientId, 2)) as unknown as EventMessage[];
      const { payload } = messages[1]?.data ?? {};
      expect(payload).toMatchObject({ Region__c: 'Other', Changed_At__c: '2026-01-01T00:00:00.000Z' });
      expect(payload?.ChangeEventHeader?.['changedFields']).toContain('Region__c');
    });
  });

  it('run only when their condition holds', async () => {
    await withOrg({ seed }, async (org) => {
      const { body } = await org.rest('POST', 'sobjects/Account', { Name: 'a', BillingCountry: 'AT' });
      const path = `sobjects/Account/${(body as { id: string }).id}`;
      await org.rest('PATCH', path, { Region__c: 'Mine' });
      expect((await org.rest('GET', path)).body).toMatchObject({ Region__c: 'Mine' });
    });
  });

  it('refuse the row when they set what cannot be set', async () => {
    const flows = [{ object: 'Account', name: 'Broken', set: { Nope__c: "'x'" } }];
    await withOrg({ seed: { flows } }, async (org) => {
      expect(await org.rest('POST', 'sobjects/Account', { Name: 'a' })).toMatchObject({
        status: 400,
        body: [{ errorCode: 'CANNOT_EXECUTE_FLOW_TRIGGER' }],
      });
    });
  });
});
