import definition from '#bridge';
import { formatPlan } from '../../infra/cost/format-plan.ts';
import { exampleLoad, planEnvironment } from '../../infra/cost/plan.ts';
import { pricesAsOf } from '../../infra/cost/prices.ts';
import { readEnvironment } from '../../infra/environment-settings.ts';
import { environments } from '../../infra/environments.ts';
import { parseBridge } from '../../shared/bridge/define-bridge.ts';

/** The page `docs/cost.md`, counted from the definition and the environments. */
export function costPage(): string {
  const bridge = parseBridge(definition);
  const { eventsPerDay, recordsPerDay } = exampleLoad;
  const plans = Object.keys(environments).map((name) => {
    const plan = planEnvironment(bridge, readEnvironment(name, environments), exampleLoad);
    return formatPlan(name, plan, exampleLoad);
  });
  return `# Cost

Made from \`bridge.config.ts\` and \`infra/environments.ts\` by \`npm run docs:generate\`; do not edit. Prices of ${pricesAsOf}.
Counted for ${eventsPerDay.toLocaleString('en-US')} events and ${recordsPerDay.toLocaleString('en-US')} records a day; for your
own numbers: \`npm run bridge -- plan --env prod --records-per-day 250000\`.

${plans.join('\n')}
## Why it costs that

- **Provisioned event source mappings** are most of it. Only they have retries with a limit, partial batches and failure
  destinations for Kafka ([ADR 5](adr/0005-provisioned-event-sources.md)). Ten small sinks share one unit.
- **The way out.** Dead letters go to a Kafka topic, so sinks and poller sit in the cluster's VPC and reach Salesforce through a
  NAT gateway. It also gives them the fixed address that Salesforce profiles can be limited to.
- **One task.** A channel has one reader, so the poller does not grow; it is mostly waiting.
`;
}
