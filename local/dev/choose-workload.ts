import type { Bridge } from '../../shared/bridge/bridge.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { type Catalogue, type PriceRecord, sampleCatalogue, samplePriceUpdates } from '../sample/price-updates.ts';
import { readPriceFile } from '../sample/read-price-file.ts';
import { priceTopic } from './bounded-load.ts';
import { canChange, objectOf } from './row-changes.ts';
import { type DevOptions, isOnThisMachine, type OwnThings } from './settings.ts';

/** What flows through during this run. */
export interface Workload {
  readonly prices: readonly PriceRecord[];
  readonly catalogue: Catalogue;
  /** In every mark of this run. */
  readonly run: string;
}

/**
 * Chooses the load for a definition: the user's own updates, or the sample as far as the definition has a place for it.
 *
 * @throws BridgeError SKB_CONFIG_INVALID when a bounded run was asked for and there is nothing to push through.
 */
export async function chooseWorkload(
  options: DevOptions,
  bridge: Bridge,
  own: OwnThings,
  warn: (line: string) => void,
): Promise<Workload | undefined> {
  const run = Date.now().toString(36);
  const hasPrices = bridge.sinks.some(({ feeds }) => feeds.some(({ topic }) => topic === priceTopic));
  if (options.input !== undefined) {
    if (!hasPrices) throw new BridgeError('SKB_CONFIG_INVALID', `--input needs a sink on the topic ${priceTopic}`);
    const prices = await readPriceFile(options.input, warn);
    return { prices, catalogue: { products: productsOf(prices), prices: [] }, run };
  }
  const base = own.salesforce?.baseUri;
  const mayWrite = base === undefined || isOnThisMachine(base) || options.sample;
  if (!mayWrite) {
    if (!options.once) return undefined;
    throw new BridgeError(
      'SKB_CONFIG_INVALID',
      `--once would write the sample's products and prices into ${base}; pass --input FILE with your own updates, or --sample to allow it`,
    );
  }
  const unknown = bridge.sources.map(objectOf).filter((object) => !canChange(object));
  if (unknown.length > 0 || (bridge.sinks.length > 0 && !hasPrices)) {
    if (!options.once) return undefined;
    throw new BridgeError(
      'SKB_CONFIG_INVALID',
      `--once has no sample load for this bridge (${[...unknown, ...bridge.sinks.flatMap(({ feeds }) => feeds.map(({ topic }) => topic))].join(', ')})`,
    );
  }
  // A connector file only reads from Salesforce, so there is no price load and nothing to prepare for it.
  if (!hasPrices) return { prices: [], catalogue: { products: [], prices: [] }, run };
  return { prices: samplePriceUpdates(run), catalogue: sampleCatalogue(), run };
}

function productsOf(prices: readonly PriceRecord[]): string[] {
  const products = prices.map(({ key }) => key).filter((key) => !key.startsWith('line-'));
  return [...new Set(products)];
}
