import * as z from 'zod/mini';
import { changeDataCapture, defineBridge, json, lastWriter, map, pipe, upsert } from '../../shared/bridge/public.ts';
import type { AccountRow } from './salesforce-types.ts';

/** An account as the ERP sends it whenever somebody changed it there. */
const ErpAccount = z.object({
  number: z.string().check(z.minLength(1)),
  name: z.string().check(z.minLength(1)),
  phone: z.nullable(z.string()),
  country: z.string().check(z.length(2)),
  changedAt: z.iso.datetime(),
});

export default defineBridge({
  name: 'two-way-accounts',
  orgs: { main: {} },
  sources: {
    toErp: {
      capture: changeDataCapture('Account'),
      topic: 'crm.accounts',
      loopGuard: true, // what the sink wrote does not come back; what a flow added to it does
      fullRow: true, // so that every record has the ERP's number and the time of the change
    },
  },
  sinks: {
    fromErp: {
      topic: 'erp.accounts',
      write: upsert('Account', { externalId: 'Erp_Number__c' }),
      transform: pipe(
        json(ErpAccount),
        // Whoever changed an account last has it, wherever that was. A flow stamps what people change.
        lastWriter({
          key: ({ number }) => number,
          at: ({ changedAt }) => changedAt,
          current: { object: 'Account', by: 'Erp_Number__c', from: 'Changed_At__c' },
        }),
        map(
          ({ number, name, phone, country, changedAt }): AccountRow => ({
            Erp_Number__c: number,
            Name: name,
            Phone: phone,
            BillingCountry: country,
            Changed_At__c: changedAt,
          }),
        ),
      ),
    },
  },
});
