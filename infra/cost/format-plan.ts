import type { Load } from './load.ts';
import type { Plan } from './plan.ts';

const number = (value: number) => value.toLocaleString('en-US');
const dollars = (value: number) => value.toFixed(2);

/** The plan of one environment as Markdown. */
export function formatPlan(name: string, plan: Plan, load: Load): string {
  const rows = plan.lines.map(({ what, dollars: each, how }) => `| ${what} | ${dollars(each)} | ${how} |`);
  return `## ${name}: about $${Math.round(plan.dollarsPerMonth)} a month

| What | $ a month | How it is counted |
|---|---:|---|
${rows.join('\n')}
| **Sum** | **${dollars(plan.dollarsPerMonth)}** | |

- **API calls**: about ${number(plan.callsPerDay)} a day, ${(plan.shareOfCalls * 100).toFixed(1)} % of ${number(load.callsAllowedPerDay)}${tooManyCalls(plan)}.
- **Peak** of ${number(load.peakRecordsPerSecond)} records a second: at least ${number(plan.partitions)} partition(s) of the sink's topic and ${number(plan.pollers)} poller(s)${tooFewPollers(plan)}.
`;
}

function tooManyCalls({ shareOfCalls }: Plan): string {
  return shareOfCalls > 1 ? ', **which is more than the org has**: records get later every day' : '';
}

function tooFewPollers({ pollers, pollersAllowed }: Plan): string {
  return pollers > pollersAllowed
    ? `; **the environment allows ${number(pollersAllowed)}** (\`eventSource.maximumPollers\`)`
    : '';
}
