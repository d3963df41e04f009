import type { Load, Plan } from './plan.ts';

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

- **API calls**: about ${number(plan.callsPerDay)} a day, ${(plan.shareOfCalls * 100).toFixed(1)} % of ${number(load.callsAllowedPerDay)}.
- **Peak** of ${number(load.peakRecordsPerSecond)} records a second: at least ${plan.partitions} partition(s) of the sink's topic and ${plan.pollers} poller(s).
`;
}
