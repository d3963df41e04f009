import { describe, expect, it } from 'vitest';
import { committedRecords, type FetchedRecord } from '../../../../shared/kafka/committed-records.ts';

const markerKey = (type: 'abort' | 'commit') => Buffer.from([0, 0, 0, type === 'commit' ? 1 : 0]);

function data(offset: number, producerId: string, inTransaction = true): FetchedRecord {
  return { offset: String(offset), key: null, isControlRecord: false, batchContext: { producerId, inTransaction } };
}
function marker(offset: number, producerId: string, type: 'abort' | 'commit'): FetchedRecord {
  return { ...data(offset, producerId), key: markerKey(type), isControlRecord: true };
}
const offsets = (records: readonly FetchedRecord[]) => records.map(({ offset }) => Number(offset));

describe('the committed records of a fetch', () => {
  it('are all but the markers, when nothing was aborted', () => {
    expect(offsets(committedRecords([data(1, 'a'), marker(2, 'a', 'commit'), data(3, '-1', false)], []))).toEqual([
      1, 3,
    ]);
  });

  it('leave out an aborted transaction, and no later one of its producer', () => {
    const records = [data(1, 'a'), data(2, 'a'), marker(3, 'a', 'abort'), data(4, 'a'), marker(5, 'a', 'commit')];
    expect(offsets(committedRecords(records, [{ producerId: 'a', firstOffset: '1' }]))).toEqual([4]);
  });

  it('leave out two aborted transactions that began before the fetched range', () => {
    const records = [data(10, 'b'), data(11, 'a'), marker(12, 'a', 'abort'), marker(13, 'b', 'abort'), data(14, 'c')];
    const aborted = [
      { producerId: 'b', firstOffset: '7' },
      { producerId: 'a', firstOffset: '5' },
    ];
    expect(offsets(committedRecords(records, aborted))).toEqual([14]);
  });

  it('keep what others wrote meanwhile, in a transaction or in none', () => {
    const records = [
      data(1, 'a'),
      data(2, 'b'),
      data(3, '-1', false),
      marker(4, 'b', 'commit'),
      marker(5, 'a', 'abort'),
    ];
    expect(offsets(committedRecords(records, [{ producerId: 'a', firstOffset: '1' }]))).toEqual([2, 3]);
  });
});
