import { describe, expect, it } from 'vitest';
import { cutRequests } from '../../../../shared/kafka/cut-requests.ts';
import type { OutgoingRecord } from '../../../../shared/kafka/record-producer.ts';

const record = (bytes: number): OutgoingRecord => ({ topic: 't', key: null, value: Buffer.alloc(bytes), headers: [] });

describe('cutRequests', () => {
  it('keeps every record, in order, in requests below the limit', () => {
    const records = Array.from({ length: 1_000 }, () => record(2_000));
    const requests = cutRequests(records);
    expect(requests.flat()).toEqual(records);
    expect(requests.map((request) => request.length)).toEqual([428, 428, 144]);
  });

  it('sends a record that is too large by itself alone, so that only it is refused', () => {
    const requests = cutRequests([record(10), record(2_000_000), record(10)]);
    expect(requests.map((request) => request.length)).toEqual([1, 1, 1]);
    const apart = cutRequests(
      [record(10), record(2_000_000), record(10)],
      undefined,
      ({ value }) => `t-${value?.length}`,
    );
    expect(apart.map((request) => request.length)).toEqual([1, 1, 1]);
  });

  it('counts keys and headers', () => {
    const headers = [{ name: 'h', value: Buffer.alloc(600) }];
    expect(
      cutRequests(
        [
          { ...record(0), headers },
          { ...record(0), key: 'k'.repeat(600) },
        ],
        1_000,
      ),
    ).toHaveLength(2);
  });

  it('counts each partition by itself, as far as it is known', () => {
    const records = Array.from({ length: 8 }, (_, index) => ({ ...record(300), key: String(index % 4) }));
    const sizesWith = (partitionOf: (record: OutgoingRecord) => string | undefined) =>
      cutRequests(records, 1_000, partitionOf).map((request) => request.length);
    expect(sizesWith(({ key }) => `t-${key}`)).toEqual([8]);
    expect(sizesWith(({ key }) => `t-${Number(key) % 2}`)).toEqual([4, 4]);
    expect(sizesWith(({ key }) => (Number(key) < 2 ? `t-${key}` : undefined))).toEqual([6, 2]);
    expect(sizesWith(() => undefined)).toEqual([2, 2, 2, 2]);
  });

  it('sends nothing for nothing', () => {
    expect(cutRequests([])).toEqual([]);
  });
});
