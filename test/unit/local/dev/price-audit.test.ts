import { describe, expect, it } from 'vitest';
import { auditPrices, type PriceRow } from '../../../../local/dev/price-audit.ts';
import { expectPrices } from '../../../../local/sample/price-oracle.ts';

const records = [
  price('A', 100, 'c0'),
  price('A', 100.001, 'c1'),
  price('A', 200, 'c2'),
  price('X', 1, 'c3'),
  { key: 'B', value: 'nonsense' },
  price('B', 5, 'c5'),
];
const expected = expectPrices(records, new Set(['A', 'B']));
const rows: PriceRow[] = [row('A', 200, 'c2'), row('B', 5, 'c5')];
const letters = [letter(records[3], 7), letter(records[4], 8)];

function price(product: string, unitPrice: number, changeId: string) {
  return { key: product, value: JSON.stringify({ product, unitPrice, changeId }) };
}

function row(ErpKey__c: string, UnitPrice: number, ErpChangeId__c: string): PriceRow {
  return { ErpKey__c, UnitPrice, ErpChangeId__c };
}

function letter(record: { value: string } | undefined, offset: number) {
  const headers = { 'bridge.partition': '0', 'bridge.offset': String(offset) };
  return { partition: 0, offset: String(offset), key: undefined, value: record?.value, headers };
}

describe('auditPrices', () => {
  it('expects what the records say', () => {
    expect(expected.ends).toEqual(['written', 'filtered', 'written', 'deadLettered', 'deadLettered', 'written']);
  });

  it('finds nothing lost where every record left its trace', () => {
    expect(auditPrices(records, expected, rows, letters)).toEqual({ lost: [], wrongRows: [], duplicateLetters: 0 });
  });

  it('misses a record whose change is neither shown nor replaced by a later one', () => {
    const stale = [row('A', 100, 'c0'), row('B', 5, 'c5')];
    expect(auditPrices(records, expected, stale, letters)).toMatchObject({ lost: [records[2]], wrongRows: ['A'] });
  });

  it('misses all records of a row that was never written', () => {
    expect(auditPrices(records, expected, [row('B', 5, 'c5')], letters).lost).toEqual(records.slice(0, 3));
  });

  it('misses a letter by its very bytes, and counts one that was stored twice', () => {
    expect(auditPrices(records, expected, rows, letters.slice(1)).lost).toEqual([records[3]]);
    expect(auditPrices(records, expected, rows, [...letters, letter(records[4], 8)]).duplicateLetters).toBe(1);
  });
});
