import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import definition from '../../bridge.config.ts';
import { expectPrices } from '../../local/sample/price-oracle.ts';
import type { PriceRecord } from '../../local/sample/price-updates.ts';
import { parseBridge } from '../../shared/bridge/define-bridge.ts';
import { collectMemory } from '../../shared/transform/collect-memory.ts';
import { runTransform } from '../../shared/transform/run-transform.ts';
import { kafkaRecord, memoryOf, rowsOf } from '../fixtures/records.ts';

const [prices] = parseBridge(definition).sinks;

const update = fc.record({ product: fc.constantFrom('A', 'B', 'C'), cents: fc.integer({ min: 0, max: 30_000 }) });

describe('the price example', () => {
  it('decides as the oracle does, however the records are cut into batches', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(update, { maxLength: 40 }), fc.array(fc.nat(9)), async (updates, cuts) => {
        const records: PriceRecord[] = updates.map(({ product, cents }, index) => ({
          key: product,
          value: JSON.stringify({ product, unitPrice: cents / 100, changeId: `c${index}` }),
        }));
        const expected = expectPrices(records, new Set(['A', 'B', 'C']));
        const memory = memoryOf();
        const ends: string[] = [];
        let start = 0;
        for (const cut of [...cuts, records.length]) {
          const batch = records.slice(start, start + cut);
          const judged = await runTransform(
            prices?.transform ?? { steps: [] },
            batch.map(({ key, value }, index) => kafkaRecord(start + index, key, value)),
            { memory },
          );
          await memory.store(collectMemory(judged.flatMap(rowsOf)));
          ends.push(...judged.map((each) => (each.kind === 'rows' ? 'written' : each.kind)));
          start += batch.length;
        }
        expect(ends).toEqual(expected.ends);
      }),
    );
  });
});
