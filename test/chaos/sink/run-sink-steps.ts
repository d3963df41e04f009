import { setTimeout as delay } from 'node:timers/promises';
import type { OrgControlClient } from '../../../local/org/control-client.ts';
import { killAt } from '../ground/arm-failpoint.ts';
import type { SinkProcess } from './sink-process.ts';
import type { SinkAction, SinkStep } from './sink-scenario.ts';

interface SinkStepParts {
  readonly control: OrgControlClient;
  readonly sink: SinkProcess;
  readonly random: () => number;
  readonly failpoints: string;
  readonly limit: AbortSignal;
}

const metNobodyPauseMs = 100;

/** Runs the steps one after the other and gives how many troubles they made. */
export async function runSinkSteps(steps: readonly SinkStep[], parts: SinkStepParts): Promise<number> {
  let faults = 0;
  for (const { do: action, times = 1, everyMs = 0, jitterMs = 0 } of steps) {
    for (let time = 0; time < times; time += 1) {
      await delay(everyMs + parts.random() * jitterMs);
      let met = await act(action, parts);
      while (met === undefined) {
        if (parts.limit.aborted) throw new Error(`The time was up before ${action.kind} met anybody ${times} times`);
        await delay(metNobodyPauseMs);
        met = await act(action, parts);
      }
      faults += met;
    }
  }
  return faults;
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
