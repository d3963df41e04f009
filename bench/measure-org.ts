import { type OrgProcess, startOrgProcess } from './org-process.ts';
import { type Figure, figureLine } from './report.ts';

export type Measure = (what: string, count: number, work: () => Promise<void>) => Promise<void>;

/** Runs a story against an org in a process of its own; `measure` prints how long a piece of work took and what it cost the org. */
export async function measureOrg(
  settings: Readonly<Record<string, unknown>>,
  unit: Figure['unit'],
  print: (line: string) => void,
  story: (org: OrgProcess, measure: Measure) => Promise<void>,
): Promise<void> {
  const org = await startOrgProcess({ dailyApiRequests: 10_000_000, ...settings });
  const measure: Measure = async (what, count, work) => {
    const cpuBefore = await org.cpuSeconds();
    const started = performance.now();
    await work();
    const seconds = (performance.now() - started) / 1000;
    const cpuAfter = await org.cpuSeconds();
    const cpuSeconds = cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore;
    print(figureLine({ what, count, unit, seconds, cpuSeconds }));
  };
  try {
    await story(org, measure);
  } finally {
    await org.close();
  }
}
