import { Command, InvalidArgumentError } from 'commander';
import { guardKafkajsTimer } from '../../shared/kafka/kafkajs-timer-guard.ts';
import { type ChaosGround, startChaosGround } from './ground/chaos-ground.ts';
import { namedScenarios } from './named-scenarios.ts';
import { createReporter, type ResultLine } from './report.ts';
import { runInLanes } from './run-in-lanes.ts';
import { sinkScenarios } from './scenarios/sink.ts';
import { sourceScenarios } from './scenarios/source.ts';
import { runSinkScenario } from './sink/run-sink-scenario.ts';
import { runSourceScenario } from './source/run-source-scenario.ts';

// `npm run chaos -- --source [NAME] | --sink [NAME]`: what happens to the data when everything around the bridge fails.

interface ChaosFlags {
  readonly source?: string | true;
  readonly sink?: string | true;
  readonly json?: boolean;
  readonly seed: number;
  readonly lanes: number;
}

interface RunnableScenario {
  readonly name: string;
  readonly alone?: boolean;
  run(ground: ChaosGround, seed: number): Promise<{ readonly result: object; readonly problems: readonly string[] }>;
}

async function runChaos(flags: ChaosFlags): Promise<number> {
  guardKafkajsTimer();
  const chosen = choose(flags);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const reporter = createReporter({
    json: flags.json ?? false,
    print: (line) => process.stdout.write(`${line}\n`),
    say,
  });
  const ground = await startChaosGround();
  say(`Logs and data of this run: ${ground.runFolder}`);
  let broken = 0;
  try {
    await runInLanes(chosen, flags.lanes, async (scenario) => {
      try {
        const { result, problems } = await scenario.run(ground, flags.seed);
        if (problems.length > 0) broken += 1;
        reporter.add(result as ResultLine, problems);
      } catch (error) {
        broken += 1;
        say(`${scenario.name}: ended early: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
  } finally {
    await ground.stop();
  }
  return broken > 0 ? 1 : 0;
}

function choose({ source, sink }: ChaosFlags): readonly RunnableScenario[] {
  const sides: { wanted: string | true | undefined; scenarios: readonly RunnableScenario[] }[] = [
    {
      wanted: source,
      scenarios: sourceScenarios.map((scenario) => ({
        ...scenario,
        run: (ground, seed) => runSourceScenario(scenario, ground, seed),
      })),
    },
    {
      wanted: sink,
      scenarios: sinkScenarios.map((scenario) => ({
        ...scenario,
        run: (ground, seed) => runSinkScenario(scenario, ground, seed),
      })),
    },
  ];
  const chosen = sides.flatMap(({ wanted, scenarios }) => {
    if (wanted === undefined) return [];
    try {
      return namedScenarios(wanted, scenarios);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  });
  if (chosen.length === 0) throw new InvalidArgumentError('Say --source [NAME], --sink [NAME] or both.');
  return chosen;
}

function toInteger(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('must be a whole number above 0');
}

const program = new Command('chaos')
  .description('Runs the bridge as processes, troubles everything around it, and counts what became of the data.')
  .option('--source [names]', 'scenarios from Salesforce to Kafka: all, or those named, separated by commas')
  .option('--sink [names]', 'scenarios from Kafka to Salesforce: all, or those named, separated by commas')
  .option('--json', 'one JSON object a line instead of a table')
  .option('--seed <number>', 'what the random choices are drawn from', toInteger, 1)
  .option('--lanes <number>', 'scenarios that run at the same time', toInteger, 3)
  .exitOverride();

try {
  program.parse();
  // kafkajs leaves timers of its own behind.
  process.exit(await runChaos(program.opts<ChaosFlags>()));
} catch (error) {
  if (error instanceof InvalidArgumentError) console.error(error.message);
  else if (!(error instanceof Error && 'exitCode' in error)) console.error(error);
  process.exit(error instanceof Error && 'exitCode' in error ? Number(error.exitCode) : 2);
}
