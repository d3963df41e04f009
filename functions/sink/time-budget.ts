import { BridgeError } from '../../shared/errors/bridge-error.ts';

/** How much of an invocation is left. */
export interface TimeBudget {
  remainingMs(): number;
}

/** What storing dead letters, values and offsets takes at the end of an invocation. */
export const settleMs = 3_000;
/** Of that, what is left when letters were not taken, and when reports were not. */
export const afterLettersMs = 2_000;
export const afterReportsMs = 1_000;

/** Whether a call may be started: its answer must come before the invocation ends, or nobody knows what became of it. */
export function mayCall(budget: TimeBudget, callMs = 0): boolean {
  return budget.remainingMs() > settleMs + callMs;
}

export function outOfTime(): BridgeError {
  return new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'The invocation has too little time left for another call');
}
