import { setTimeout as delay } from 'node:timers/promises';
import type { OrgControlClient } from '../../../local/org/control-client.ts';
import { killAt } from '../ground/arm-failpoint.ts';
import { runSteps, type Step } from '../run-steps.ts';
import type { SinkProcess } from './sink-process.ts';
import type { SinkAction } from './sink-scenario.ts';

interface SinkStepParts {
  readonly control: OrgControlClient;
  readonly sink: SinkProcess;
  readonly random: () => number;
  readonly failpoints: string;
  readonly limit: AbortSignal;
}

const metNobodyPauseMs = 100;

/** Runs the steps one after the other and gives how many troubles they made. */
export function runSinkSteps(steps: readonly Step<SinkAction>[], parts: SinkStepParts): Promise<number> {
  const { random, limit } = parts;
  return runSteps(steps, { act: (action) => act(action, parts), metNobodyPauseMs, random, limit });
}

/** How many troubles that made; undefined when it met nobody. */
async function act(
  action: SinkAction,
  { control, sink, failpoints, limit }: SinkStepParts,
): Promise<number | undefined> {
  switch (action.kind) {
    case 'fault': {
      const { affected } = await control.addFault(action.fault);
      return affected === 0 ? undefined : 1;
    }
    case 'faults-for': {
      for (const fault of action.faults) await control.addFault(fault);
      await delay(action.ms);
      const hits = await faultHits(control);
      await control.clearFaults();
      return hits === 0 ? undefined : hits;
    }
    case 'wait':
      await delay(action.ms);
      return 0;
    case 'kill-function':
      return sink.killFunction() ? 1 : undefined;
    case 'kill-at':
      await killAt(failpoints, action.place, limit);
      return 1;
    case 'advance-org-clock':
      await control.advanceClock(action.ms);
      return 0;
  }
}

export async function faultHits(control: OrgControlClient): Promise<number> {
  return (await control.faults()).reduce((total, { hits }) => total + hits, 0);
}
