import type { Bridge } from '../../shared/bridge/bridge.ts';
import { capturedObjects, capturesRows } from '../../shared/bridge/captured-objects.ts';
import { maxRowsPerCall } from '../../shared/salesforce/collections.ts';
import type { Environment } from '../environment-settings.ts';
import { type CostLine, costLines } from './cost-lines.ts';
import { type Load, rowsPerCall, secondsPer200Rows, secondsPerDay } from './load.ts';

export interface Plan {
  readonly lines: readonly CostLine[];
  readonly dollarsPerMonth: number;
  readonly callsPerDay: number;
  /** Of the org's allowance, 0 to 1. */
  readonly shareOfCalls: number;
  /** Partitions of a sink's topic, and pollers, for the peak. */
  readonly partitions: number;
  readonly pollers: number;
  /** So many pollers the environment allows. */
  readonly pollersAllowed: number;
}

/** Lambda runs up to 5 batches at a time per poller. */
const batchesPerPoller = 5;
/** A token lives for hours, but every function and task logs in by itself. */
const loginsPerDay = 48;
/** The poller looks at the limits of an org every quarter of an hour. */
const looksAtLimitsPerDay = 96;

/** What an environment costs a month, calls a day, and takes at its peak. An estimate: it says how it counts. */
export function planEnvironment(bridge: Bridge, environment: Environment, load: Load): Plan {
  const lines = costLines(bridge, environment, load);
  const callsOfSinks = bridge.sinks.length === 0 ? 0 : load.recordsPerDay / rowsPerCall(bridge);
  const callsPerDay = loginsPerDay + callsOfSinks + looksPerDay(bridge);
  const inFlight = Math.max(1, Math.ceil((load.peakRecordsPerSecond * secondsPer200Rows) / maxRowsPerCall));
  return {
    lines,
    dollarsPerMonth: lines.reduce((sum, line) => sum + line.dollars, 0),
    callsPerDay: Math.ceil(callsPerDay),
    shareOfCalls: callsPerDay / load.callsAllowedPerDay,
    partitions: inFlight,
    pollers: Math.ceil(inFlight / batchesPerPoller),
    pollersAllowed: environment.eventSource.maximumPollers,
  };
}

/** What the poller asks besides events: the limits of its orgs, and the fields of the objects that sources name. */
function looksPerDay({ sources, poller }: Bridge): number {
  const orgs = new Set(sources.map(({ org }) => org)).size;
  const objects = new Set(
    sources.flatMap(({ org, capture }) =>
      capturesRows(capture) ? (capturedObjects(capture) ?? []).map((object) => `${org} ${object}`) : [],
    ),
  ).size;
  return orgs * looksAtLimitsPerDay + (objects * secondsPerDay) / poller.describeSeconds;
}

/** What one kind of dead-letter store costs a month, and why. */
export interface LetterCosts {
  readonly topic: number;
  readonly queue: number;
}

/** What the choice of `deadLetters.kind` costs a bridge, with everything else the same. */
export function compareLetters(bridge: Bridge, environment: Environment, load: Load): LetterCosts {
  const costs = (kind: 'topic' | 'queue') => {
    const sinks = bridge.sinks.map((sink) => ({ ...sink, deadLetters: { kind, bucket: kind === 'queue' } }));
    return planEnvironment({ ...bridge, sinks }, environment, load).dollarsPerMonth;
  };
  return { topic: costs('topic'), queue: costs('queue') };
}
