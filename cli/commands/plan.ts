import { Command, InvalidArgumentError } from 'commander';
import { formatPlan } from '../../infra/cost/format-plan.ts';
import { exampleLoad } from '../../infra/cost/load.ts';
import { planEnvironment } from '../../infra/cost/plan.ts';
import { pricesAsOf } from '../../infra/cost/prices.ts';
import { type DeploymentOptions, loadDeployment } from '../load-deployment.ts';
import { withDeployment } from './deployment-options.ts';

interface PlanOptions extends DeploymentOptions {
  readonly eventsPerDay: number;
  readonly recordsPerDay: number;
  readonly peak: number;
  readonly callsAllowed: number;
}

/** `bridge plan`: what an environment costs a month, calls a day, and takes at its peak. Asks nobody. */
export function planCommand(print: (text: string) => void): Command {
  return withDeployment(new Command('plan'))
    .description('what an environment costs a month and how many API calls it makes a day')
    .option('--events-per-day <n>', 'Salesforce events, over all sources', wholeNumber, exampleLoad.eventsPerDay)
    .option('--records-per-day <n>', 'Kafka records, over all sinks', wholeNumber, exampleLoad.recordsPerDay)
    .option('--peak <n>', 'records a second at the busiest', wholeNumber, exampleLoad.peakRecordsPerSecond)
    .option('--calls-allowed <n>', "the org's API calls a day", wholeNumber, exampleLoad.callsAllowedPerDay)
    .action(async (options: PlanOptions) => {
      const { bridge, environment } = await loadDeployment(options);
      const load = {
        eventsPerDay: options.eventsPerDay,
        recordsPerDay: options.recordsPerDay,
        peakRecordsPerSecond: options.peak,
        callsAllowedPerDay: options.callsAllowed,
      };
      print(
        `${formatPlan(environment.name, planEnvironment(bridge, environment, load), load)}\nPrices of ${pricesAsOf}.\n`,
      );
    });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number from 1 on');
  return value;
}
