import { setTimeout as delay } from 'node:timers/promises';

/** Something that is done to what runs in a scenario. */
export interface Step<Action> {
  readonly do: Action;
  /** How often; a fault that met nobody is repeated and does not count. @default 1 */
  readonly times?: number;
  /** Pause before each time, in milliseconds. @default 0 */
  readonly everyMs?: number;
  /** Up to so much is added to the pause, drawn from the seed. @default 0 */
  readonly jitterMs?: number;
}

interface StepsParts<Action> {
  /** How many troubles the action made; undefined when it met nobody. */
  readonly act: (action: Action) => Promise<number | undefined>;
  /** Before an action that met nobody, say because no session was there to be forgotten, is tried again. */
  readonly metNobodyPauseMs: number;
  /** 0 to 1. */
  readonly random: () => number;
  readonly limit: AbortSignal;
}

/** Runs the steps one after the other and gives how many troubles they made. */
export async function runSteps<Action extends { readonly kind: string }>(
  steps: readonly Step<Action>[],
  { act, metNobodyPauseMs, random, limit }: StepsParts<Action>,
): Promise<number> {
  let faults = 0;
  for (const { do: action, times = 1, everyMs = 0, jitterMs = 0 } of steps) {
    for (let time = 0; time < times; time += 1) {
      await delay(everyMs + random() * jitterMs);
      let met = await act(action);
      while (met === undefined) {
        if (limit.aborted) throw new Error(`The time was up before ${action.kind} met anybody ${times} times`);
        await delay(metNobodyPauseMs);
        met = await act(action);
      }
      faults += met;
    }
  }
  return faults;
}
