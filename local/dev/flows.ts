import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bridge, Feed, Sink } from '../../shared/bridge/bridge.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { resolveCapture } from '../../shared/salesforce/channels.ts';
import { findAggregate } from '../../shared/transform/write-owed-rows.ts';
import type { EventSourceMappingConfigInput } from '../aws/event-source-mapping-config.ts';
import { createStateTable, putSecret, removeRunResources } from '../aws/resources.ts';
import { startProcess } from '../processes/start-process.ts';
import type { Ground } from './ground.ts';
import { keepRunning } from './keep-running.ts';
import type { Progress } from './progress.ts';
import type { StopList } from './stop-list.ts';
import { auditKafka, pinGroupToEnd } from './topic-reader.ts';
import { readLogLine, showTrouble } from './watch-log.ts';

/** In the cloud a schedule ticks once a minute; here nobody wants to wait as long. */
const tickMs = 3_000;
const subscribeLimitMs = 120_000;

interface FlowsParts {
  readonly bridge: Bridge;
  /** The bundles are in the run's folder when it settles. */
  readonly bundles: Promise<unknown>;
  readonly ground: Ground;
  readonly runFolder: string;
  readonly progress: Progress;
  readonly stops: StopList;
}

export interface Flows {
  /** What the poller counted, as far as it said so. */
  readonly poller: { eventsReceived: number };
  /** Stops the poller and the event sources, so that everything they hold is settled. */
  drain(): Promise<void>;
}

/** Makes the table and the secrets of the programs and starts them as processes; their topics are there. */
export async function startFlows(parts: FlowsParts): Promise<Flows> {
  const { bridge, ground } = parts;
  const [secrets] = await Promise.all([
    storeSecrets(parts),
    createStateTable(ground.aws, ground.stateTable),
    parts.bundles,
  ]);
  if (ground.sharedAws) {
    const { aws, stateTable } = ground;
    await parts.stops.add('aws', () => removeRunResources(aws, stateTable, Object.values(secrets)));
  }
  const counted = { eventsReceived: 0 };
  const stops = [
    ...(await Promise.all(
      bridge.sinks.flatMap((sink) => sink.feeds.map((feed) => startEventSource(parts, sink, feed, secrets))),
    )),
    ...(bridge.sources.length > 0 ? [await startPoller(parts, secrets, counted)] : []),
  ];
  return {
    poller: counted,
    async drain() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

async function storeSecrets({ bridge, ground }: FlowsParts): Promise<Record<string, string>> {
  const stored = bridge.orgs.map(async ({ name }) => {
    const arn = await putSecret(ground.aws, `${ground.stateTable}/${name}`, (ground.orgs[name] ?? ground.org).bridge);
    return [name, arn] as const;
  });
  return Object.fromEntries(await Promise.all(stored));
}

async function startPoller(
  { bridge, ground, runFolder, progress, stops }: FlowsParts,
  secrets: Readonly<Record<string, string>>,
  counted: { eventsReceived: number },
): Promise<() => Promise<void>> {
  const channels = new Set(bridge.sources.map((each) => `${each.org} ${resolveCapture(each.capture).channel}`));
  const subscribed = Promise.withResolvers<void>();
  let ofThisProcess = 0;
  const start = () => {
    const before = counted.eventsReceived;
    ofThisProcess = 0;
    const watch = (line: string) => {
      showTrouble(progress, 'poller', line);
      const entry = readLogLine(line);
      if (entry?.message === 'subscribed') {
        channels.delete(`${entry['org']} ${entry['channel']}`);
        if (channels.size === 0) subscribed.resolve();
      }
      if (typeof entry?.['eventsReceived'] === 'number') {
        ofThisProcess = entry['eventsReceived'];
        counted.eventsReceived = before + ofThisProcess;
      }
    };
    return startProcess({
      name: 'poller',
      command: process.execPath,
      args: ['--enable-source-maps', path.join(runFolder, 'poller', 'index.mjs')],
      env: {
        ...ground.aws.credentialsEnv,
        STATE_TABLE_NAME: ground.stateTable,
        SALESFORCE_SECRETS: JSON.stringify(secrets),
        KAFKA_BROKERS: ground.brokers.join(','),
      },
      cwd: runFolder,
      logFile: path.join(runFolder, 'poller.log'),
      stopGraceMs: 30_000,
      onStdoutLine: watch,
      onStderrLine: watch,
    });
  };
  const poller = await keepRunning(start, progress);
  await stops.add('poller', () => poller.stop());
  await within(
    subscribed.promise,
    subscribeLimitMs,
    () => `The poller did not subscribe to ${[...channels].join(', ')}`,
  );
  return () => poller.stop();
}

async function startEventSource(
  { bridge, ground, runFolder, progress, stops }: FlowsParts,
  sink: Sink,
  feed: Feed,
  secrets: Readonly<Record<string, string>>,
): Promise<() => Promise<void>> {
  // One event source and one function for each topic, as Lambda scales them.
  const part = sink.feeds.length === 1 ? sink.name : `${sink.name}-${feed.topic}`;
  const name = `sink ${part}`;
  const groupId = await chooseGroup(ground, feed, path.basename(runFolder));
  const config: EventSourceMappingConfigInput = {
    bootstrapServers: ground.brokers.join(','),
    topics: [feed.topic],
    groupId,
    batchSize: sink.batch.size,
    tickMs: findAggregate(sink.transform) === undefined ? 0 : tickMs,
    batchingWindowMs: Math.max(500, sink.batch.windowSeconds * 1000),
    function: {
      name: `${bridge.name}-${sink.name}`,
      bundle: path.join(runFolder, 'sink', 'index.mjs'),
      logFile: path.join(runFolder, `sink-${part}.log`),
      region: ground.aws.region,
      timeoutMs: 60_000,
      memoryMb: 512,
      environment: {
        ...ground.aws.credentialsEnv,
        SINK_NAME: sink.name,
        STATE_TABLE_NAME: ground.stateTable,
        SALESFORCE_SECRET_ARN: secrets[sink.org] ?? '',
        KAFKA_BROKERS: ground.brokers.join(','),
      },
    },
  };
  const start = () =>
    startProcess({
      name,
      command: process.execPath,
      args: [
        fileURLToPath(new URL(`../aws/event-source-mapping-main${path.extname(import.meta.url)}`, import.meta.url)),
      ],
      env: { EVENT_SOURCE_MAPPING: JSON.stringify(config) },
      cwd: runFolder,
      logFile: path.join(runFolder, `event-source-${part}.log`),
      stopGraceMs: 30_000,
      onStdoutLine(line) {
        showTrouble(progress, name, line);
        const entry = readLogLine(line);
        if (entry?.['event'] === 'lambda-started') progress.say(`${name} runs its function (process ${entry['pid']})`);
      },
    });
  const mapping = await keepRunning(start, progress);
  await stops.add('eventSources', () => mapping.stop());
  return () => mapping.stop();
}

/**
 * On brokers of the user's own, a deployed bridge may be reading in the declared group; a local run must not take records
 * away from it, so it reads what comes from now on in a group of its own.
 */
async function chooseGroup({ brokers, sharedBrokers }: Ground, feed: Feed, run: string): Promise<string> {
  if (!sharedBrokers) return feed.consumerGroup;
  const groupId = `${feed.consumerGroup}.local-${run}`;
  await pinGroupToEnd(auditKafka(brokers), feed.topic, groupId);
  return groupId;
}

async function within<T>(promise: Promise<T>, limitMs: number, message: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BridgeError('SKB_ENVIRONMENT_UNFIT', message())), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
