import { type Kafka, type Message, Partitioners } from 'kafkajs';
import type { OutgoingRecord } from '../shared/kafka/record-producer.ts';
import { createCometdReader } from './cometd-reader.ts';
import type { OrgProcess } from './org-process.ts';
import { bareTopic } from './source-ground.ts';

// What the two ends of a source do alone, in the shortest loops: the slower of the two is the most that a bridge between
// them can reach. Each tells how many events it is through with.

const channel = '/data/AccountChangeEvent';
const recordsOfRequest = 1000;
/** Events that may be received and not produced while both loops run, about what a channel's buffer holds. */
const lead = 10_000;

type Through = (events: number) => void;

/** Receives and parses so many events, and does nothing with them. */
export async function receiveBare(
  org: Pick<OrgProcess, 'instanceUrl' | 'token'>,
  count: number,
  through: Through,
  mayGoOn: (received: number) => Promise<void> = async () => undefined,
): Promise<void> {
  const reader = await createCometdReader(org, channel, -2);
  for (let received = 0; received < count; ) {
    received += await reader.read(1);
    through(received);
    await mayGoOn(received);
  }
}

/** The records of a request, sent again and again, and how kafkajs is given them. */
export interface Samples {
  readonly records: readonly OutgoingRecord[];
  readonly toMessages: (records: readonly OutgoingRecord[]) => Message[];
}

/** Sends so many records, idempotent and in order, one request at a time. */
export async function produceBare(
  kafka: Kafka,
  { records, toMessages }: Samples,
  count: number,
  through: Through,
): Promise<void> {
  const createPartitioner = Partitioners.DefaultPartitioner;
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner });
  await producer.connect();
  for (let sent = 0; sent < count; ) {
    await producer.send({ topic: bareTopic, acks: -1, messages: toMessages(records) });
    sent += records.length;
    through(sent);
  }
  await producer.disconnect();
}

/** Both in one process, in step but unconnected: what is received is thrown away, and what is produced was there before. */
export async function receiveAndProduceBare(
  org: Pick<OrgProcess, 'instanceUrl' | 'token'>,
  kafka: Kafka,
  samples: Samples,
  count: number,
  through: Through,
): Promise<void> {
  let produced = 0;
  let wake: () => void = () => undefined;
  const notFarAhead = async (received: number) => {
    while (received - produced > lead) await new Promise<void>((resolve) => (wake = resolve));
  };
  await Promise.all([
    receiveBare(org, count, () => undefined, notFarAhead),
    produceBare(kafka, samples, count, (sent) => {
      produced = sent;
      wake();
      through(sent);
    }),
  ]);
}

export interface ReadTopic {
  /** The first records, with everything that they consist of, as texts. */
  readonly samples: readonly OutgoingRecord[];
  readonly distinctKeys: number;
}

/** Reads so many committed records of a topic. */
export async function readTopic(kafka: Kafka, topic: string, count: number): Promise<ReadTopic> {
  const consumer = kafka.consumer({ groupId: 'bench' });
  const samples: OutgoingRecord[] = [];
  const keys = new Set<string>();
  let seen = 0;
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve) => {
    void consumer.run({
      eachBatch: async ({ batch: { messages } }) => {
        for (const { key, value, timestamp, headers = {} } of messages) {
          keys.add(String(key));
          if (samples.length === recordsOfRequest) continue;
          const list = Object.entries(headers).map(([name, each]) => ({ name, value: String(each) }));
          samples.push({ topic, key: String(key), value: String(value), timestamp: Number(timestamp), headers: list });
        }
        seen += messages.length;
        if (seen >= count) resolve();
      },
    });
  });
  await consumer.disconnect();
  return { samples, distinctKeys: keys.size };
}
