import { type Expectation, readUpdate } from '../sample/price-oracle.ts';
import type { PriceRecord } from '../sample/price-updates.ts';
import type { ReadRecord } from './topic-reader.ts';

export interface PriceRow {
  readonly ErpKey__c: string;
  readonly UnitPrice: number;
  readonly ErpChangeId__c: string | null;
}

export interface PriceFindings {
  /** Records of which no trace was found: neither in the row they belong to, nor as a dead letter. */
  readonly lost: readonly PriceRecord[];
  /** Keys whose row does not show what the records say. */
  readonly wrongRows: readonly string[];
  /** Letters stored more than once for one record. */
  readonly duplicateLetters: number;
}

/**
 * Holds what the org and the dead-letter topic show against what the oracle expects. A record is found when a dead letter
 * holds its very bytes, or when its key's row shows the change it carried, or a later one of that key that replaced it.
 */
export function auditPrices(
  records: readonly PriceRecord[],
  expected: Expectation,
  rows: readonly PriceRow[],
  letters: readonly ReadRecord[],
): PriceFindings {
  const letterValues = new Set(letters.map((letter) => letter.value));
  const rowByKey = new Map(rows.map((row) => [row.ErpKey__c, row]));
  const shownPlace = new Map<string, number>();
  const placeByChange = new Map<string, number>();
  for (const [place, record] of records.entries()) {
    const update = readUpdate(record.value);
    if (update !== undefined) placeByChange.set(update.changeId, place);
  }
  for (const [key, row] of rowByKey) shownPlace.set(key, placeByChange.get(row.ErpChangeId__c ?? '') ?? -1);

  const lost = records.filter((record, place) => {
    if (expected.ends[place] === 'deadLettered') return !letterValues.has(record.value);
    const shown = shownPlace.get(record.key) ?? -1;
    // A filtered record leaves no trace of its own: the change it was measured against must be there.
    return shown < 0 || (place > shown && expected.ends[place] === 'written');
  });
  const wrongRows = [...expected.finalRows].flatMap(([key, row]) => {
    const shown = rowByKey.get(key);
    const right = shown?.ErpChangeId__c === row.changeId && Math.abs(shown.UnitPrice - row.unitPrice) < 0.005;
    return right ? [] : [key];
  });
  const coordinates = letters.map(({ headers }) => `${headers['bridge.partition']}@${headers['bridge.offset']}`);
  return { lost, wrongRows, duplicateLetters: coordinates.length - new Set(coordinates).size };
}
