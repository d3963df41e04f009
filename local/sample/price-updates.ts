import { seededRandom } from './random.ts';

/** A record of the sample load as it goes to the topic. */
export interface PriceRecord {
  readonly key: string;
  readonly value: string;
}

/** What the org holds before the load: products, some of them without a price yet. */
export interface Catalogue {
  readonly products: readonly string[];
  readonly prices: readonly { readonly product: string; readonly unitPrice: number }[];
}

const productCount = 1_200;
const pricedProductCount = 1_000;
const unknownProductCount = 25;
const updateCount = 10_000;

export function sampleCatalogue(): Catalogue {
  const products = Array.from({ length: productCount }, (_, index) => sku(index));
  const random = seededRandom(1);
  const prices = products.slice(0, pricedProductCount).map((product) => ({ product, unitPrice: somePrice(random) }));
  return { products, prices };
}

/**
 * 10,000 price updates from a fixed seed: keys repeat, a good third of the changes stays below 0.01 %, some products are
 * unknown to the org, some have no price there yet, and three records are malformed.
 *
 * @param run goes into every mark, so that an audit cannot take an earlier run's traces for its own.
 */
export function samplePriceUpdates(run: string): PriceRecord[] {
  const random = seededRandom(2);
  const lastCents = new Map<string, number>();
  const records: PriceRecord[] = [];
  for (let number = 0; number < updateCount; number += 1) {
    const unknown = random() < 0.01;
    const product = unknown
      ? `UNKNOWN-${Math.floor(random() * unknownProductCount)}`
      : sku(Math.floor(random() * productCount));
    const before = lastCents.get(product);
    const cents = before === undefined ? Math.round(somePrice(random) * 100) : move(before, random);
    lastCents.set(product, cents);
    const update = { product, unitPrice: cents / 100, changeId: `${run}-${String(number).padStart(5, '0')}` };
    records.push({ key: product, value: malformed(number, update, run) ?? JSON.stringify(update) });
  }
  return records;
}

function sku(index: number): string {
  return `SKU-${String(index).padStart(5, '0')}`;
}

/** From 200.00 on, so that one cent is less than 0.01 %. */
function somePrice(random: () => number): number {
  return Math.round(20_000 + random() * 180_000) / 100;
}

function move(cents: number, random: () => number): number {
  if (random() < 0.4) return cents + (random() < 0.5 ? -1 : 1);
  return Math.max(20_000, Math.round(cents * (0.9 + random() * 0.2)));
}

function malformed(number: number, update: { product: string; changeId: string }, run: string): string | undefined {
  if (number === 2_500) return `{"product":"${update.product}","changeId":"${update.changeId}","unitPrice":`;
  if (number === 5_000) return `price list of monday, see attachment ${run}`;
  if (number === 7_500) return JSON.stringify({ ...update, unitPrice: 'on request' });
  return undefined;
}
