import * as z from 'zod/mini';
import { aggregate, defineBridge, json, map, pipe, split, upsert } from '../../shared/bridge/public.ts';
import type { Product2Row } from './salesforce-types.ts';

/** What a warehouse sends when goods come or go. */
const Movement = z.object({
  warehouse: z.string().check(z.minLength(1)),
  lines: z.array(z.object({ sku: z.string().check(z.minLength(1)), quantity: z.int() })),
});

export default defineBridge({
  name: 'product-inventory',
  orgs: { main: {} },
  sinks: {
    movements: {
      topic: 'warehouse.movements',
      write: upsert('Product2', { externalId: 'Sku__c' }),
      transform: pipe(
        json(Movement),
        split(({ warehouse, lines }) => lines.map((line) => ({ ...line, warehouse }))),
        aggregate({
          key: ({ sku }) => sku, // across warehouses, so across partitions
          start: {} as Record<string, number>,
          reduce: (stock, { warehouse, quantity }) => ({ ...stock, [warehouse]: (stock[warehouse] ?? 0) + quantity }),
        }),
        map(({ key, state }): Product2Row => {
          const warehouses = Object.entries(state).sort(([one], [other]) => one.localeCompare(other, 'en'));
          return {
            Sku__c: key,
            Name: `Product ${key}`,
            Stock__c: warehouses.reduce((sum, [, quantity]) => sum + quantity, 0),
            Stock_By_Warehouse__c: warehouses.map(([warehouse, quantity]) => `${warehouse}: ${quantity}`).join(', '),
          };
        }),
      ),
    },
  },
});
