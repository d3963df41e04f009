import type { PriceRecord } from './price-updates.ts';

// The independent judge of the price load: it shares no code with the bridge and none of its order of work. One key at a
// time, whole numbers only.

export type ExpectedEnd = 'written' | 'filtered' | 'deadLettered';

export interface Expectation {
  /** How each record must end, by its place in the load. */
  readonly ends: readonly ExpectedEnd[];
  /** Key → the price and change that its row must show in the end. */
  readonly finalRows: ReadonlyMap<string, { readonly unitPrice: number; readonly changeId: string }>;
}

interface Update {
  readonly product: string;
  readonly unitPrice: number;
  readonly changeId: string;
}

export function expectPrices(records: readonly PriceRecord[], knownProducts: ReadonlySet<string>): Expectation {
  const finalRows = new Map<string, { unitPrice: number; changeId: string }>();
  const ends = records.map((record): ExpectedEnd => {
    const update = readUpdate(record.value);
    if (update === undefined || !knownProducts.has(update.product)) return 'deadLettered';
    const last = finalRows.get(update.product);
    if (last !== undefined && isSmallMove(last.unitPrice, update.unitPrice)) return 'filtered';
    finalRows.set(update.product, { unitPrice: update.unitPrice, changeId: update.changeId });
    return 'written';
  });
  return { ends, finalRows };
}

export function readUpdate(value: string): Update | undefined {
  try {
    const { product, unitPrice, changeId } = JSON.parse(value) ?? {};
    const sound = typeof product === 'string' && product !== '' && typeof unitPrice === 'number' && unitPrice >= 0;
    return sound && typeof changeId === 'string' ? { product, unitPrice, changeId } : undefined;
  } catch {
    return undefined;
  }
}

function isSmallMove(from: number, to: number): boolean {
  const [a, b] = [micros(from), micros(to)];
  const moved = a > b ? a - b : b - a;
  return moved === 0n || moved * 10_000n < a;
}

function micros(price: number): bigint {
  return BigInt(Math.round(price * 1_000_000));
}
