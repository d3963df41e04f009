import { defineBridge } from '../../shared/bridge/define-bridge.ts';
import { upsert } from '../../shared/bridge/targets.ts';

/** The sink that is measured: accounts by external ID, four calls at once. */
export default defineBridge({
  name: 'bench',
  orgs: { main: { dailyCallReserve: 0 } },
  sinks: {
    accounts: {
      topic: 'bench.accounts',
      write: upsert('Account', { externalId: 'External_Id__c' }),
      batch: { size: 10_000, windowSeconds: 1 },
      function: { timeoutSeconds: 800 },
    },
  },
});
