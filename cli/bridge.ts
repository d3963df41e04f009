import { Command, CommanderError } from 'commander';
import { runDev } from '../local/dev/dev.ts';
import { createProgress } from '../local/dev/progress.ts';
import type { DevOptions } from '../local/dev/settings.ts';
import { orgCommand } from '../local/org/main.ts';
import { guardKafkajsTimer } from '../shared/kafka/kafkajs-timer-guard.ts';
import { checkCommand } from './commands/check.ts';
import { connectCheck } from './commands/connect-check.ts';
import { connectDescribe } from './commands/connect-describe.ts';
import { connectRereads } from './commands/connect-rereads.ts';
import { connectSecrets } from './commands/connect-secrets.ts';
import { credentialsCommand } from './commands/credentials.ts';
import { planCommand } from './commands/plan.ts';
import { snapshotCommand } from './commands/snapshot.ts';
import { typesCommand } from './commands/types.ts';
import { explainError } from './explain-error.ts';

/** The command line. Answers the exit code; everything a person reads goes to stderr, results go to stdout. */
export async function runBridge(argv: readonly string[]): Promise<number> {
  const program = new Command('bridge')
    .description('Moves changes between Salesforce and Apache Kafka, both ways.')
    .exitOverride();
  program
    .command('dev')
    .description('run the whole bridge on this machine, with stand-ins for what is not given')
    .option('--once', 'push a bounded load through, print the audit and exit', false)
    .option('--input <file>', 'price updates of your own, one JSON object a line')
    .option('--properties <file>', 'a Kafka Connect file instead of a bridge definition')
    .option('--bridge <file>', 'definition file (default: bridge.config.ts)')
    .option('--sample', 'allow the sample load to write into an org that is not on this machine', false)
    .action(async (options: DevOptions) => {
      await dev(options);
    });
  program.addCommand(orgCommand());
  program.addCommand(checkCommand({ print, connect: connectCheck }));
  program.addCommand(planCommand(print));
  program.addCommand(credentialsCommand({ print, input: process.stdin, connect: connectSecrets }));
  program.addCommand(snapshotCommand({ print, connect: connectRereads, date: () => new Date() }));
  program.addCommand(typesCommand({ print, connect: connectDescribe(process.env) }));
  try {
    await program.parseAsync([...argv]);
    return 0;
  } catch (error) {
    // commander has printed its own message already.
    if (error instanceof CommanderError) return error.exitCode;
    const explained = explainError(error);
    if (explained === undefined) throw error;
    process.stderr.write(`${explained}\n`);
    return 1;
  }
}

function print(text: string): void {
  process.stdout.write(text);
}

async function dev(options: DevOptions): Promise<never> {
  guardKafkajsTimer();
  const abort = new AbortController();
  const progress = createProgress(process.stderr, () => performance.now());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (abort.signal.aborted) return;
      progress.say('Stopping …');
      abort.abort();
    });
  }
  const code = await runDev(options, {
    environment: process.env,
    progress,
    print: (line) => process.stdout.write(`${line}\n`),
    signal: abort.signal,
  });
  // A run that was stopped in the middle leaves Kafka clients behind that would go on trying to connect.
  process.exit(code);
}
