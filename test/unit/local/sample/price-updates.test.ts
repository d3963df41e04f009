import { describe, expect, it } from 'vitest';
import { expectPrices } from '../../../../local/sample/price-oracle.ts';
import { sampleCatalogue, samplePriceUpdates } from '../../../../local/sample/price-updates.ts';

describe('the sample load', () => {
  const records = samplePriceUpdates('test');
  const { products, prices } = sampleCatalogue();
  const expected = expectPrices(records, new Set(products));
  const count = (end: string) => expected.ends.filter((each) => each === end).length;

  it('is the same every time', () => {
    expect(samplePriceUpdates('test')).toEqual(records);
  });

  it('holds everything that a price stream holds', () => {
    expect(records).toHaveLength(10_000);
    expect(new Set(records.map(({ key }) => key)).size).toBeLessThan(1_300);
    expect(count('filtered')).toBeGreaterThan(3_000);
    expect(count('written')).toBeGreaterThan(5_000);
    expect(records.filter(({ key }) => key.startsWith('UNKNOWN')).length).toBeGreaterThan(50);
    expect(products.length - prices.length).toBe(200);
    expect(count('deadLettered')).toBe(records.filter(({ key }) => key.startsWith('UNKNOWN')).length + 3);
  });
});
