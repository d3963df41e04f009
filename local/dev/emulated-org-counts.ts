import { createControlClient } from '../org/control-client.ts';
import type { OrgCounter } from './org-counts.ts';
import { handsApp } from './org-process.ts';

/** Counts in the emulated orgs, which tell the bridge's apps from the one that stands for everybody else. */
export async function countEmulated(controlUrls: readonly string[]): Promise<OrgCounter> {
  const controls = controlUrls.map(createControlClient);
  for (const control of controls) await control.resetCounters();
  return {
    async read() {
      const callsByKind: Record<string, number> = {};
      let apiCalls = 0;
      let rowsWritten = 0;
      for (const { apiCallsByApp, rowsWrittenByApp } of await Promise.all(controls.map((each) => each.counters()))) {
        for (const [app, calls] of Object.entries(apiCallsByApp)) {
          if (app === handsApp) continue;
          apiCalls += calls.total;
          for (const [kind, count] of Object.entries(calls.byKind))
            callsByKind[kind] = (callsByKind[kind] ?? 0) + count;
        }
        for (const [app, rows] of Object.entries(rowsWrittenByApp)) {
          if (app !== handsApp) rowsWritten += Object.values(rows).reduce((sum, each) => sum + each, 0);
        }
      }
      return { apiCalls, callsByKind, rowsWritten };
    },
  };
}
