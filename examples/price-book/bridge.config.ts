import * as z from 'zod/mini';
import { changeThreshold, defineBridge, json, map, pipe, upsert } from '../../shared/bridge/public.ts';
import type { PricebookEntryRow } from './salesforce-types.ts';

/** What the ERP sends when a price moves, the standard price of a product before its other ones. */
const Price = z.object({
  product: z.string().check(z.minLength(1)),
  book: z.string().check(z.minLength(1)),
  currency: z.enum(['EUR', 'USD']),
  unitPrice: z.number().check(z.nonnegative()),
});

/** The external ID of a price book entry. */
const keyOf = ({ product, book, currency }: z.infer<typeof Price>) => `${book}/${product}/${currency}`;

export default defineBridge({
  name: 'price-book',
  orgs: { main: {} },
  sinks: {
    prices: {
      topic: 'erp.prices',
      batch: { size: 10_000, windowSeconds: 5 },
      write: upsert('PricebookEntry', { externalId: 'ErpKey__c' }),
      transform: pipe(
        json(Price),
        changeThreshold({
          key: keyOf,
          of: (price) => price.unitPrice,
          by: 0.0001, // 0.01 % of the last written price; what the org holds counts as written
          refresh: { object: 'PricebookEntry', by: 'ErpKey__c', from: 'UnitPrice' },
        }),
        map(
          (price): PricebookEntryRow => ({
            ErpKey__c: keyOf(price),
            UnitPrice: price.unitPrice,
            IsActive: true,
            // These three are set when the entry is created, and never sent again.
            CurrencyIsoCode: price.currency,
            Product2: { External_Id__c: price.product },
            Pricebook2: { External_Id__c: price.book },
          }),
        ),
      ),
    },
  },
});
