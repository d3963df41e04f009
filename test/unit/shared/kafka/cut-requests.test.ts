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

  it('sends nothing for nothing', () => {
    expect(cutRequests([])).toEqual([]);
  });
});
