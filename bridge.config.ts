import * as z from 'zod/mini';
import { changeDataCapture } from './shared/bridge/captures.ts';
import { defineBridge } from './shared/bridge/define-bridge.ts';
import { upsert } from './shared/bridge/targets.ts';
import { changeThreshold } from './shared/transform/change-threshold.ts';
import { json } from './shared/transform/json.ts';
import { map } from './shared/transform/map.ts';
import { pipe } from './shared/transform/pipe.ts';

/** What the ERP sends when a price moves. */
const PriceUpdate = z.object({
  product: z.string().check(z.minLength(1)),
  unitPrice: z.number().check(z.nonnegative()),
  changeId: z.string(),
});

export default defineBridge({
  name: 'commerce',
  orgs: { main: { auth: 'clientCredentials', apiVersion: '66.0' } },
  sources: {
    products: { capture: changeDataCapture('Product2'), topic: 'salesforce.product.updates' },
  },
  sinks: {
    prices: {
      topic: 'erp.price-updates',
      write: upsert('PricebookEntry', { externalId: 'ErpKey__c' }),
      parentWaitSeconds: 0, // nobody will make up for a product that is not there
      transform: pipe(
        json(PriceUpdate),
        changeThreshold({ of: (price) => price.unitPrice, by: 0.0001 }), // 0.01 % of the last written price
        map((price) => ({
          ErpKey__c: price.product,
          UnitPrice: price.unitPrice,
          IsActive: true,
          ErpChangeId__c: price.changeId,
          Product2: { External_Id__c: price.product },
          Pricebook2: { External_Id__c: 'standard' },
        })),
      ),
    },
  },
});
