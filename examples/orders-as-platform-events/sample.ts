import type { LoadRecord, Recipe } from '../../local/dev/recipe.ts';
import { seededRandom } from '../../local/sample/random.ts';

const statuses = ['draft', 'placed', 'shipped'] as const;
const orderCount = 1_500;
const customerCount = 40;

const random = seededRandom(31);
const pick = (count: number) => Math.floor(random() * count);

/** Orders, each told of three times: as a draft, when it is placed and when it is shipped. */
const orders = Array.from({ length: orderCount }, (_, number) => ({
  number: `O-${String(number).padStart(5, '0')}`,
  customer: `C-${pick(customerCount)}`,
  changedAt: new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString(),
  currency: 'EUR',
  lines: Array.from({ length: 1 + pick(4) }, () => ({
    sku: `S-${pick(200)}`,
    quantity: 1 + pick(9),
    cents: pick(9_999),
  })),
}));

const recipe: Recipe = {
  listens: { main: '/event/Order_Placed__e' },
  records: () =>
    orders.flatMap((order) =>
      statuses.map((status): LoadRecord => {
        return { topic: 'shop.orders', key: order.customer, value: JSON.stringify({ ...order, status }) };
      }),
    ),
  check({ heard: { main: heard = [] }, dispositions }) {
    // Every order once, and those of a customer in the order in which they were placed.
    const wanted = Map.groupBy(orders, ({ customer }) => customer);
    const found = Map.groupBy(heard, (event) => String(event['Customer__c']));
    const lost: string[] = [];
    const wrong: string[] = [];
    for (const [customer, placed] of wanted) {
      const events = found.get(customer) ?? [];
      const numbers = new Set(events.map((event) => event['Order_Number__c']));
      lost.push(...placed.map(({ number }) => number).filter((number) => !numbers.has(number)));
      for (const [index, event] of events.entries()) {
        if (describeEvent(event) !== describeOrder(placed[index])) wrong.push(`event ${index + 1} of ${customer}`);
      }
    }
    const filtered = dispositions['orders']?.filtered;
    if (filtered !== 2 * orderCount) wrong.push(`${filtered} filtered`);
    return { lost, wrong };
  },
};

function describeOrder(order: (typeof orders)[number] | undefined): string {
  if (order === undefined) return 'one too many';
  let cents = 0;
  for (const { quantity, cents: each } of order.lines) cents += quantity * each;
  const lines = order.lines.map(({ sku, quantity }) => `${quantity} x ${sku}`);
  return [order.number, Date.parse(order.changedAt), order.currency, cents, ...lines].join(', ');
}

function describeEvent(event: Readonly<Record<string, unknown>>): string {
  const lines = (JSON.parse(String(event['Lines__c'])) as { sku: string; quantity: number }[]).map(
    ({ sku, quantity }) => `${quantity} x ${sku}`,
  );
  const [placedAt, cents] = [Date.parse(String(event['Placed_At__c'])), Math.round(Number(event['Total__c']) * 100)];
  return [event['Order_Number__c'], placedAt, event['Currency__c'], cents, ...lines].join(', ');
}

export default recipe;
