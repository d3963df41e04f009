import { setTimeout as delay } from 'node:timers/promises';
import type { OrgControlClient } from '../../../local/org/control-client.ts';
import type { ChaosGround } from '../ground/chaos-ground.ts';
import type { PollerFleet } from './poller-fleet.ts';
import type { SourceAction, SourceStep } from './source-scenario.ts';

interface StepParts {
  readonly orgs: readonly { readonly control: OrgControlClient }[];
  readonly fleet: PollerFleet;
  readonly ground: Pick<ChaosGround, 'restartBroker' | 'pauseBroker' | 'resumeBroker'>;
  readonly loading: { paused: boolean };
  readonly random: () => number;
  readonly limit: AbortSignal;
}

/** A trouble that met nobody, say because no session was there to be forgotten, is tried again after this time. */
const metNobodyPauseMs = 250;

/** Runs the steps one after the other and gives how many troubles they made. */
export async function runSteps(steps: readonly SourceStep[], parts: StepParts): Promise<number> {
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
      return hits;
    }
    case 'clear-faults':
      await control(action.org).clearFaults();
      return 0;
    case 'wait':
      await delay(action.ms);
      return 0;
    case 'kill-poller':
      return fleet.kill(random) ? 1 : undefined;
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
    case 'pause-load':
      loading.paused = true;
      return 0;
    case 'resume-load':
      loading.paused = false;
      return 0;
  }
}
