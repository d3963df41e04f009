import { changeDataCapture, defineBridge, fromRecord } from '../../shared/bridge/public.ts';

export default defineBridge({
  name: 'lead-replication',
  orgs: { sales: {}, marketing: {} },
  sources: {
    leads: {
      org: 'sales',
      // Accounts come along, because leads look up to them.
      capture: changeDataCapture({ channel: 'ChangeEvents', objects: ['Account', 'Lead'] }),
      topic: 'sales.changes',
      snapshot: true, // what is there already, and then every change
      fullRow: true, // any record of a row is enough to make its copy
    },
  },
  sinks: {
    copies: {
      org: 'marketing',
      topic: 'sales.changes',
      // Rows are found by the Id that they have in the sales org: for changes, for deletes and where others look up to them.
      write: [fromRecord('Account', { externalId: 'Sales_Id__c' }), fromRecord('Lead', { externalId: 'Sales_Id__c' })],
    },
  },
});
