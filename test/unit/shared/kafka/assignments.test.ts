import type { PartitionerArgs } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { assertAllAnswered, createAssignments, positionsBehind } from '../../../../shared/kafka/assignments.ts';
import { createSteadyPartitioner } from '../../../../shared/kafka/kafkajs-client.ts';

const partitionMetadata = Array.from({ length: 6 }, (_, partitionId) => ({
  ...{ partitionId, partitionErrorCode: 0, leader: 1, replicas: [], isr: [] },
}));
const wantedFor = (message: PartitionerArgs['message']): PartitionerArgs => ({
  topic: 'products',
  partitionMetadata,
  message,
});
const answer = (partition: number, baseOffset = '100') => ({
  topicName: 'products',
  partition,
  errorCode: 0,
  baseOffset,
});

/** Assigns messages as kafkajs does for each try of a request. */
function assign(keys: readonly string[], tries = 1) {
  const assignments = createAssignments();
  const choose = assignments.createPartitioner();
  const messages = keys.map((key) => ({ key, value: key }));
  let chosen: number[] = [];
  for (let n = 0; n < tries; n += 1) chosen = messages.map((message) => choose(wantedFor(message)));
  return { assignments, partitions: [...new Set(chosen)], chosen };
}

describe('the answers to a request', () => {
  const { assignments, partitions } = assign(['a', 'b', 'c', 'd', 'e']);

  it('are complete when each partition that was written to has answered once', () => {
    expect(partitions.length).toBeGreaterThan(1);
    expect(() =>
      assertAllAnswered(
        assignments,
        partitions.map((each) => answer(each)),
      ),
    ).not.toThrow();
  });

  it.each([
    ['a partition was left out, because its leader moved to a broker that had answered', partitions.slice(1)],
    [
      'a partition was written twice, because its leader moved away after it answered',
      [...partitions, ...partitions.slice(0, 1)],
    ],
  ])('are not when %s', (_, answered) => {
    expect(() =>
      assertAllAnswered(
        assignments,
        answered.map((each) => answer(each)),
      ),
    ).toThrow(expect.objectContaining({ code: 'SKB_KAFKA_UNAVAILABLE' }));
  });

  it('say where each partition stands behind the records, however often the request was tried', () => {
    const { assignments, chosen } = assign(['a', 'a', 'a'], 3);
    const [partition = -1] = chosen;
    expect(positionsBehind(assignments, [answer(partition, '100')])).toEqual({ products: { [partition]: 103 } });
  });
});

describe('where a record will go', () => {
  const record = (key: string) => ({ topic: 'products', key, value: key, headers: [] });

  it('is known from what was sent before', () => {
    const { assignments } = assign(['z']);
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const foreseen = keys.map((key) => assignments.foresee(record(key)));
    expect(foreseen).toEqual(assign(keys).chosen.map((partition) => `products-${partition}`));
    expect(assignments.foresee({ ...record('a'), partition: 5 })).toBe('products-5');
    expect(assignments.chosen.size).toBe(1);
  });

  it('is not known of a topic to which nothing was sent', () => {
    const { assignments } = assign(['z']);
    expect(assignments.foresee({ ...record('a'), topic: 'others' })).toBeUndefined();
  });
});

it('a record without a key has the same partition at each try, so that no try leaves it out', () => {
  const choose = createSteadyPartitioner();
  const letter = { key: null, value: 'an event that could not be decoded' };
  const chosen = Array.from({ length: 20 }, () => choose(wantedFor(letter)));
  expect(new Set(chosen).size).toBe(1);
});
