import type { Bridge } from '../../shared/bridge/bridge.ts';
import { maxRowsPerCall } from '../../shared/salesforce/collections.ts';
import { maxCallsPerRequest } from '../../shared/salesforce/composite.ts';

/** How much goes through. */
export interface Load {
  /** Salesforce events a day, over all sources. */
  readonly eventsPerDay: number;
  /** Kafka records a day, over all sinks. */
  readonly recordsPerDay: number;
  /** Records a second that a sink is to take at its busiest. */
  readonly peakRecordsPerSecond: number;
  /** The org's own allowance of API calls a day. */
  readonly callsAllowedPerDay: number;
}

export const exampleLoad: Load = {
  eventsPerDay: 50_000,
  recordsPerDay: 1_000_000,
  peakRecordsPerSecond: 200,
  callsAllowedPerDay: 100_000,
};

/** What 200 upserts take at a typical org; a request carries them one after the other. A partition has one batch under way. */
export const secondsPer200Rows = 1.5;
export const secondsPerDay = 86_400;
/** One request counts as one API call, whatever it carries. */
const rowsPerRequest = maxRowsPerCall * maxCallsPerRequest;

/** A batch is seldom full, so calls are counted as three quarters full, and never fuller than a batch. */
export function rowsPerCall(bridge: Bridge): number {
  const smallest = Math.min(...bridge.sinks.map((sink) => sink.batch.size), rowsPerRequest);
  return Math.max(1, smallest * 0.75);
}
