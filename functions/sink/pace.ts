export interface Pace {
  readonly rowsPerCall: number;
  readonly concurrentCalls: number;
  /** Takes what one request met. */
  observe(met: 'nothing' | 'locks' | 'limits'): void;
}

const mostRows = 200;
const leastRows = 10;
/** So many requests in a row must meet nothing before the pace grows again. */
const calmRequests = 4;

/**
 * How much is sent at once. Calls that touch children of one parent lock each other out, so on locks both the calls and
 * their number shrink; a limit on concurrent requests shrinks their number. Both recover step by step.
 */
export function createPace(mostCalls: number): Pace {
  let rowsPerCall = mostRows;
  let concurrentCalls = mostCalls;
  let calm = 0;
  return {
    get rowsPerCall() {
      return rowsPerCall;
    },
    get concurrentCalls() {
      return concurrentCalls;
    },
    observe(met) {
      if (met === 'nothing') {
        calm += 1;
        if (calm < calmRequests) return;
        calm = 0;
        rowsPerCall = Math.min(mostRows, rowsPerCall * 2);
        concurrentCalls = Math.min(mostCalls, concurrentCalls + 1);
        return;
      }
      calm = 0;
      concurrentCalls = Math.max(1, Math.floor(concurrentCalls / 2));
      if (met === 'locks') rowsPerCall = Math.max(leastRows, Math.floor(rowsPerCall / 2));
    },
  };
}
