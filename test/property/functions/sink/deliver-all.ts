import { expect } from 'vitest';
import { type Redelivery, readBatchResponse } from '../../../../local/aws/read-batch-response.ts';
import type { KafkaRecord } from '../../../../shared/kafka/kafka-record.ts';
import { groupByPartition } from '../../../../shared/state/partition-progress.ts';
import type { createSinkHarness } from '../../../component/sink/sink-harness.ts';

interface Platform {
  /** Records of a partition in one delivery, delivery by delivery, from the start again after the last. */
  readonly batchSizes: readonly number[];
  readonly redelivery: Redelivery;
  /** What happens to the org before each delivery. */
  readonly before: (delivery: number) => void;
}

const mostDeliveries = 200;

/** Delivers records as the event source mapping does, partition by partition, until nothing comes back. */
export async function deliverAll(
  sink: ReturnType<typeof createSinkHarness>,
  records: readonly KafkaRecord[],
  { batchSizes, redelivery, before }: Platform,
): Promise<void> {
  const waiting = new Map(groupByPartition(records));
  for (let delivery = 0; [...waiting.values()].some((each) => each.length > 0); delivery += 1) {
    expect(delivery).toBeLessThan(mostDeliveries);
    before(delivery);
    const size = batchSizes[delivery % batchSizes.length] ?? 5;
    const batch = [...waiting.values()].flatMap((each) => each.slice(0, size));
    const sent = new Map(
      [...groupByPartition(batch)].map(([name, each]) => [name, new Set(each.map(({ offset }) => offset))]),
    );
    const back = await sink.deliver(batch);
    const response = {
      batchItemFailures: back.map((each) => {
        const [partition, offset] = each.split('@');
        return { itemIdentifier: { partition, offset: Number(offset) } };
      }),
    };
    const outcome = readBatchResponse(response, sent, redelivery);
    // Lambda takes an answer that names a record it was not given as a failure of everything.
    expect(outcome.result).not.toBe('failed');
    for (const [name, each] of waiting) {
      const again = outcome.redeliver.get(name) ?? new Set();
      waiting.set(
        name,
        each.filter(({ offset }) => again.has(offset) || sent.get(name)?.has(offset) !== true),
      );
    }
    sink.org.clock += 601_000;
  }
}
