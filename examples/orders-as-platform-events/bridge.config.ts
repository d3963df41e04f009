import * as z from 'zod/mini';
import { defineBridge, filter, json, map, pipe, publishEvent } from '../../shared/bridge/public.ts';
import type { Order_Placed__eRow } from './salesforce-types.ts';

/** What the shop sends whenever an order changes. */
const Order = z.object({
  number: z.string().check(z.minLength(1)),
  customer: z.string().check(z.minLength(1)),
  status: z.enum(['draft', 'placed', 'shipped']),
  changedAt: z.iso.datetime(),
  currency: z.string().check(z.length(3)),
  lines: z.array(z.object({ sku: z.string(), quantity: z.int(), cents: z.int() })).check(z.minLength(1)),
});

export default defineBridge({
  name: 'orders-as-platform-events',
  orgs: { main: {} },
  sinks: {
    orders: {
      topic: 'shop.orders',
      write: publishEvent('Order_Placed__e'),
      concurrentCalls: 1, // events of a customer come in the order of the topic
      transform: pipe(
        json(Order),
        filter(({ status }) => status === 'placed', { name: 'placed' }),
        map(
          ({ number, customer, changedAt, currency, lines }): Order_Placed__eRow => ({
            Order_Number__c: number, // by which a subscriber knows an event that came twice
            Customer__c: customer,
            Placed_At__c: changedAt,
            Currency__c: currency,
            Total__c: lines.reduce((cents, line) => cents + line.quantity * line.cents, 0) / 100,
            Lines__c: JSON.stringify(lines.map(({ sku, quantity }) => ({ sku, quantity }))),
          }),
        ),
      ),
    },
  },
});
