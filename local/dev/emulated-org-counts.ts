import { createControlClient } from '../org/control-client.ts';
import type { OrgCounter } from './org-counts.ts';
import { handsApp } from './org-process.ts';

/** Counts in the emulated org, which tells the bridge's apps from the one that stands for everybody else. */
export async function countEmulated(controlUrl: string): Promise<OrgCounter> {
  const control = createControlClient(controlUrl);
  await control.resetCounters();
  return {
    async read() {
      const { apiCallsByApp, rowsWrittenByApp } = await control.counters();
      let apiCalls = 0;
      let rowsWritten = 0;
      for (const [app, calls] of Object.entries(apiCallsByApp)) if (app !== handsApp) apiCalls += calls.total;
      for (const [app, rows] of Object.entries(rowsWrittenByApp)) {
        if (app !== handsApp) rowsWritten += Object.values(rows).reduce((sum, each) => sum + each, 0);
      }
      return { apiCalls, rowsWritten };
    },
  };
}
