// The internals of kafkajs that are used here; kafkajs is pinned, and tests notice when they change.
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: readonly unknown[];
    scheduleCheckPendingRequests(): void;
  }
}

declare module 'kafkajs/src/protocol/requests/produce/index.js' {
  import type { Message } from 'kafkajs';

  export interface ProduceInput {
    readonly acks: number;
    readonly timeout: number;
    /** 0 for none. */
    readonly compression?: number;
    readonly transactionalId?: string | null;
    /** A 64-bit number. */
    readonly producerId: { toString(): string };
    readonly producerEpoch: number;
    readonly topicData: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number | string;
        readonly firstSequence: number;
        readonly messages: readonly Message[];
      }[];
    }[];
  }

  /** Of kafkajs' `Encoder`, what is used of an encoded request. */
  export interface Encoded {
    readonly buf: Buffer;
    readonly buffer: Buffer;
  }

  export type CreateProduce = (input: ProduceInput) => {
    readonly request: { encode(): Promise<Encoded> };
    readonly response: object;
  };

  const produce: { protocol(wanted: { readonly version: number | string }): CreateProduce };
  export default produce;
}

declare module 'kafkajs/src/protocol/recordBatch/crc32C/index.js' {
  const crc32C: (bytes: Uint8Array) => number;
  export default crc32C;
}

declare module 'kafkajs/src/producer/partitioners/default/murmur2.js' {
  const murmur2: (key: Buffer) => number;
  export default murmur2;
}

declare module 'kafkajs/src/producer/groupMessagesPerPartition.js' {
  import type { Message, PartitionerArgs } from 'kafkajs';

  const groupMessagesPerPartition: (request: {
    readonly topic: string;
    readonly partitionMetadata: PartitionerArgs['partitionMetadata'];
    readonly messages: readonly Message[];
    readonly partitioner: (wanted: PartitionerArgs) => number;
  }) => Record<string, Message[]>;
  export default groupMessagesPerPartition;
}
