import fc from 'fast-check';
import groupMessagesPerPartition from 'kafkajs/src/producer/groupMessagesPerPartition.js';
import { expect, it } from 'vitest';
import { createSteadyPartitioner } from '../../../../shared/kafka/kafkajs-client.ts';
import { toKafkajsMessages } from '../../../../shared/kafka/kafkajs-messages.ts';

const record = fc.record({
  topic: fc.constant('products'),
  key: fc.option(fc.string()),
  value: fc.option(fc.string()),
  headers: fc.constant([]),
});
const partitionMetadata = Array.from({ length: 5 }, (_, partitionId) => ({
  ...{ partitionId, partitionErrorCode: 0, leader: 1, replicas: [], isr: [] },
}));

it('records come to the partitions, and there in the order, in which kafkajs groups any messages', () => {
  fc.assert(
    fc.property(fc.array(record), (records) => {
      const messages = toKafkajsMessages(records);
      const grouped = (list: typeof messages) =>
        groupMessagesPerPartition({
          topic: 'products',
          partitionMetadata,
          messages: list,
          partitioner: createSteadyPartitioner(),
        });
      expect(grouped(messages)).toEqual(grouped([...messages]));
    }),
  );
});
