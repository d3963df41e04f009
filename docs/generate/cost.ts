import definition from '#bridge';
import { formatPlan } from '../../infra/cost/format-plan.ts';
import { exampleLoad } from '../../infra/cost/load.ts';
import { compareLetters, planEnvironment } from '../../infra/cost/plan.ts';
import { pricesAsOf } from '../../infra/cost/prices.ts';
import { environments } from '../../infra/environments.ts';
import { readEnvironment } from '../../infra/read-environment.ts';
import { parseBridge } from '../../shared/bridge/define-bridge.ts';

const dollars = (value: number) => Math.round(value).toLocaleString('en-US');

/** The page `docs/cost.md`, counted from the definition and the environments. */
export function costPage(): string {
  const bridge = parseBridge(definition);
  const { eventsPerDay, recordsPerDay } = exampleLoad;
  const plans = Object.keys(environments).map((name) => {
    const plan = planEnvironment(bridge, readEnvironment(name, environments), exampleLoad);
    return formatPlan(name, plan, exampleLoad);
  });
  const dev = readEnvironment('dev', environments);
  const whole = compareLetters(bridge, dev, exampleLoad);
  const sinks = compareLetters({ ...bridge, sources: [] }, dev, exampleLoad);
  return `# Cost

Made from \`bridge.config.ts\` and \`infra/environments.ts\` by \`npm run docs:generate\`; do not edit. Prices of ${pricesAsOf}.
Counted for ${eventsPerDay.toLocaleString('en-US')} events and ${recordsPerDay.toLocaleString('en-US')} records a day; for your
own numbers: \`npm run bridge -- plan --env prod --records-per-day 250000\`.

${plans.join('\n')}
## Why it costs that

- **Provisioned event source mappings** are most of it. Only they have retries with a limit, partial batches and failure
  destinations for Kafka ([ADR 5](adr/0005-provisioned-event-sources.md)). Ten small sinks share one unit.
- **The way out.** The poller, and sinks whose dead letters go to a Kafka topic, sit in the cluster's VPC and reach Salesforce
  through a NAT gateway. It also gives them the fixed address that Salesforce profiles can be limited to.
- **One task or two.** A channel has one reader, so the poller does not grow; it is mostly waiting. A second task takes over
  within seconds.

## Dead letters: topic or queue

\`deadLetters.kind\` decides where a sink's function sits, and so what it needs. In a network made for the bridge (\`dev\` above):

| | To a topic | To a queue |
|---|---|---|
| Function | in the cluster's network | in no network |
| This bridge | $${dollars(whole.topic)} a month | $${dollars(whole.queue)} a month |
| Its sinks alone, without sources | $${dollars(sinks.topic)} a month | $${dollars(sinks.queue)} a month |
| Kept | as long as the topic | 14 days, larger ones in a bucket for 30 |
| Read with | any Kafka consumer, and sent again by one | \`aws sqs receive-message\` |

The poller needs the way out in any case, so a queue saves the NAT gateway only where nothing else uses it: a bridge of sinks,
or a poller with \`network.egress: 'publicAddress'\`.
`;
}
