import { appendFile, readFile } from 'node:fs/promises';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { guardKafkajsTimer } from '../../shared/kafka/kafkajs-timer-guard.ts';
import { tickEvent } from '../../shared/transform/tick.ts';
import { startProcess } from '../processes/start-process.ts';
import { startEventSourceMapping } from './event-source-mapping.ts';
import { locateHandler, parseEventSourceMappingConfig } from './event-source-mapping-config.ts';
import { functionArn } from './lambda-environment.ts';
import { createLambdaFunction } from './lambda-function.ts';
import { startTicks } from './ticks.ts';

// The event source mapping as a process. Its config is JSON: in EVENT_SOURCE_MAPPING, or in the file named by the first argument.
// It prints one JSON object a line; SIGTERM lets the invocation in flight finish, commits, and ends with 0.

/** What a failing start or stop may take on top of the function's own time: a commit and leaving the group. */
const drainReserveMs = 5_000;

async function main(): Promise<void> {
  guardKafkajsTimer();
  const [, , file] = process.argv;
  const json = file ? await readFile(file, 'utf8') : (process.env['EVENT_SOURCE_MAPPING'] ?? '');
  const config = parseEventSourceMappingConfig(json);
  const { logFile, bundle, ...functionConfig } = config.function;
  const settings = { ...functionConfig, ...locateHandler(bundle, functionConfig.handler) };
  const totals = { invocations: 0, failedInvocations: 0, delivered: 0, redelivered: 0, discarded: 0 };

  const lambda = createLambdaFunction({
    function: settings,
    logFile,
    startProcess,
    onStarted: (pid) => print({ event: 'lambda-started', pid }),
    // What the handler warns of is passed on; the rest stays in its log file.
    onOutputLine: (line) => {
      if (/"level":"(WARN|ERROR)"/.test(line)) process.stdout.write(`${line}\n`);
    },
  });
  const mapping = await startEventSourceMapping(
    {
      ...config,
      eventSourceArn: config.eventSourceArn ?? undefined,
      backoff: config.retryBackoff,
      functionArn: functionArn(settings),
    },
    {
      invoke: lambda.invoke,
      random: Math.random,
      async onFailure(notice) {
        const { requestContext, KafkaBatchInfo } = notice;
        if (config.onFailureFile) await appendFile(config.onFailureFile, `${JSON.stringify(notice)}\n`);
        print({ event: 'on-failure', condition: requestContext.condition, records: KafkaBatchInfo.recordsInfo });
      },
      report(report) {
        if (report.event !== 'invocation') return print(report);
        totals.invocations += 1;
        if (report.result === 'failed') totals.failedInvocations += 1;
        totals.delivered += report.records;
        totals.redelivered += report.redelivered;
        totals.discarded += report.discarded;
        print(report);
      },
    },
  );
  const ticks = startTicks(config.tickMs, () => lambda.invoke(tickEvent));
  print({ event: 'started', topics: config.topics, groupId: config.groupId });

  const reason = await Promise.race([signal('SIGTERM'), signal('SIGINT'), mapping.failed]);
  await mapping.stop(settings.timeoutMs + drainReserveMs);
  await ticks.stop();
  await lambda.stop();
  print({ event: 'stopped', ...totals });
  if (reason instanceof Error) throw reason;
  // kafkajs leaves a timer of its own behind.
  process.exit(0);
}

function signal(name: NodeJS.Signals): Promise<string> {
  return new Promise((resolve) => process.once(name, () => resolve(name)));
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

main().catch((error: unknown) => {
  const { message } = error instanceof Error ? error : { message: String(error) };
  const code = error instanceof BridgeError ? error.code : 'SKB_BUG';
  print({ event: 'failed', code, message });
  process.exit(1);
});
