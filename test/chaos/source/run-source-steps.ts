import { setTimeout as delay } from 'node:timers/promises';
import type { OrgControlClient } from '../../../local/org/control-client.ts';
import type { ManagedProcess } from '../../../local/processes/start-process.ts';
import { killAt } from '../ground/arm-failpoint.ts';
import type { ChaosGround } from '../ground/chaos-ground.ts';
import type { SharedClocks } from '../ground/shared-clocks.ts';
import { runSteps, type Step } from '../run-steps.ts';
import type { DriftingField } from './drifting-field.ts';
import type { ChangeLoad } from './marked-changes.ts';
import type { PollerFleet } from './poller-fleet.ts';
import type { SourceAction } from './source-scenario.ts';

interface StepParts {
  readonly orgs: readonly { readonly control: OrgControlClient; readonly load: Pick<ChangeLoad, 'changeAll'> }[];
  readonly clocks: SharedClocks;
  readonly fleet: PollerFleet;
  readonly driftingField: DriftingField;
  readonly ground: Pick<ChaosGround, 'restartBroker' | 'pauseBroker' | 'resumeBroker'>;
  readonly loading: { paused: boolean };
  readonly failpoints: string;
  /** Takes what breaks the promise. */
  readonly problem: (text: string) => void;
  readonly random: () => number;
  readonly limit: AbortSignal;
}

const metNobodyPauseMs = 250;
const betweenDeathsMs = 1_000;
const roundMs = 1_000;

/** Runs the steps one after the other and gives how many troubles they made. */
export function runSourceSteps(steps: readonly Step<SourceAction>[], parts: StepParts): Promise<number> {
  const { random, limit } = parts;
  return runSteps(steps, { act: (action) => act(action, parts), metNobodyPauseMs, random, limit });
}

/** How many troubles that made; undefined when it met nobody. */
async function act(action: SourceAction, parts: StepParts): Promise<number | undefined> {
  const { fleet, ground, loading, random } = parts;
  const control = (org: 1 | 2 = 1): OrgControlClient => {
    const chosen = parts.orgs[org - 1];
    if (chosen === undefined) throw new Error(`This scenario has no org ${org}`);
    return chosen.control;
  };
  switch (action.kind) {
    case 'fault': {
      const { affected } = await control(action.org).addFault(action.fault);
      return affected === 0 ? undefined : 1;
    }
    case 'faults-for': {
      const org = control(action.org);
      for (const fault of action.faults) await org.addFault(fault);
      await delay(action.ms);
      const hits = (await org.faults()).reduce((total, { hits }) => total + hits, 0);
      await org.clearFaults();
      return hits === 0 ? undefined : hits;
    }
    case 'clear-faults':
      await control(action.org).clearFaults();
      return 0;
    case 'wait':
      await delay(action.ms);
      return 0;
    case 'kill-poller':
      return fleet.kill(random) ? 1 : undefined;
    case 'kill-at':
      // Between two deaths the poller gets on, or the same events would be met again and again.
      if (action.atOnce !== true) {
        if (fleet.owner() === undefined) return undefined;
        await delay(betweenDeathsMs);
      }
      await killAt(parts.failpoints, action.place, parts.limit);
      return 1;
    case 'kill-owner': {
      const owner = fleet.owner();
      if (owner === undefined) return undefined;
      owner.kill();
      await takenOver(owner, action.takeOverMs, parts);
      return 1;
    }
    case 'pause-owner': {
      const owner = fleet.owner();
      if (owner === undefined) return undefined;
      process.kill(owner.pid, 'SIGSTOP');
      await takenOver(owner, action.takeOverMs, parts);
      await delay(action.ms);
      process.kill(owner.pid, 'SIGCONT');
      return 1;
    }
    case 'kill-all-pollers':
      await fleet.killAll();
      return 1;
    case 'start-pollers':
      await fleet.start();
      return 0;
    case 'restart-broker':
      await ground.restartBroker();
      return 1;
    case 'pause-broker':
      ground.pauseBroker();
      await delay(action.ms);
      ground.resumeBroker();
      return 1;
    case 'advance-clocks':
      await advanceClocks(parts.clocks, parts.orgs, action.hours);
      return 1;
    case 'change-all':
      await Promise.all(parts.orgs.map((org) => org.load.changeAll()));
      return 1;
    case 'change-field':
      await parts.driftingField.change(action.to);
      while (!parts.driftingField.isThrough()) {
        if (parts.limit.aborted) throw new Error(`The time was up before a field that is ${action.to} arrived`);
        await delay(250);
      }
      return 1;
    case 'pause-load':
      loading.paused = true;
      // A round of changes may be under way.
      await delay(roundMs);
      return 0;
    case 'resume-load':
      loading.paused = false;
      return 0;
  }
}

/** Moves the clocks of orgs and pollers. */
export async function advanceClocks(
  clocks: SharedClocks,
  orgs: readonly { readonly control: Pick<OrgControlClient, 'advanceClock'> }[],
  hours: number,
): Promise<void> {
  const ms = hours * 3_600_000;
  await clocks.advance(ms);
  await Promise.all(orgs.map((org) => org.control.advanceClock(ms)));
}

/** Waits until another task reads what the former owner read, and notes when that took too long. */
async function takenOver(former: ManagedProcess, withinMs: number, parts: StepParts): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const owner = parts.fleet.owner();
    if (owner !== undefined && owner.pid !== former.pid) break;
    if (parts.limit.aborted) throw new Error('The time was up before another task took over');
    await delay(20);
  }
  const tookMs = Math.round(performance.now() - startedAt);
  if (tookMs > withinMs) parts.problem(`a take-over took ${tookMs} ms`);
}
