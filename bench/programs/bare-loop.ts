import { readFile } from 'node:fs/promises';
import { Kafka, logLevel } from 'kafkajs';
import { toKafkajsMessages } from '../../shared/kafka/kafkajs-messages.ts';
import { replaceProduceEncoder } from '../../shared/kafka/kafkajs-produce-request.ts';
import { guardKafkajsTimer } from '../../shared/kafka/kafkajs-timer-guard.ts';
import type { OutgoingRecord } from '../../shared/kafka/record-producer.ts';
import type { BareLoop, LoopFigures } from '../bare-loop.ts';
import { produceBare, receiveAndProduceBare, receiveBare } from '../source-loops.ts';

// One bare loop of the source's benchmark, in a process of its own as the poller is. What to do comes as JSON.

const loop = JSON.parse(process.argv[2] ?? '') as BareLoop;
guardKafkajsTimer();
if (loop.client === 'ours') replaceProduceEncoder();
const kafka = new Kafka({ brokers: [loop.bootstrapServers], clientId: 'bench', logLevel: logLevel.NOTHING });
const records = JSON.parse(await readFile(loop.samplesFile, 'utf8')) as readonly OutgoingRecord[];
// As bytes, which kafkajs encodes faster than texts.
const bytesOf = (text: OutgoingRecord['value']) => (text === null ? null : Buffer.from(text));
const plain = records.map(({ key, value, timestamp, headers }) => ({
  ...{ key: bytesOf(key), value: bytesOf(value), timestamp: String(timestamp) },
  headers: Object.fromEntries(headers.map((header) => [header.name, Buffer.from(header.value)])),
}));
const samples = { records, toMessages: loop.client === 'ours' ? toKafkajsMessages : () => plain };

let first: { readonly events: number; readonly at: number; readonly cpu: NodeJS.CpuUsage } | undefined;
let last = { events: 0, at: 0, cpu: process.cpuUsage() };
function through(events: number): void {
  last = { events, at: performance.now(), cpu: process.cpuUsage() };
  if (events >= loop.warmUp) first ??= last;
}

const loops = {
  receive: () => receiveBare(loop, loop.events, through),
  produce: () => produceBare(kafka, samples, loop.events, through),
  both: () => receiveAndProduceBare(loop, kafka, samples, loop.events, through),
} as const satisfies Record<BareLoop['kind'], () => Promise<void>>;
await loops[loop.kind]();

const from = first ?? last;
const figures: LoopFigures = {
  events: last.events - from.events,
  seconds: (last.at - from.at) / 1000,
  cpuSeconds: (last.cpu.user + last.cpu.system - from.cpu.user - from.cpu.system) / 1_000_000,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
