import type { Bridge } from '../../shared/bridge/define-bridge.ts';
import { maxRowsPerCall } from '../../shared/salesforce/collections.ts';
import { pollerMetrics, sinkMetrics } from '../../shared/telemetry/metrics.ts';
import type { Environment } from '../environment-settings.ts';
import { runsInNetwork } from '../flow-topics.ts';
import { daysPerMonth, hoursPerMonth, prices } from './prices.ts';

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

export interface CostLine {
  readonly what: string;
  readonly dollars: number;
  readonly how: string;
}

export interface Plan {
  readonly lines: readonly CostLine[];
  readonly dollarsPerMonth: number;
  readonly callsPerDay: number;
  /** Of the org's allowance, 0 to 1. */
  readonly shareOfCalls: number;
  /** Partitions of a sink's topic, and pollers, for the peak. */
  readonly partitions: number;
  readonly pollers: number;
}

/** What one call of 200 upserts takes at a typical org; one batch of a partition is under way at a time. */
const secondsPerCall = 1.5;
/** Lambda runs up to 5 batches at a time per poller. */
const batchesPerPoller = 5;
const pollersPerUnit = 10;
/** A token lives for hours, but every function and task logs in by itself. */
const loginsPerDay = 48;
const alarmsPerSink = 18;
const pollerAlarms = 10;
const otherAlarms = 1;

/** What an environment costs a month, calls a day, and takes at its peak. An estimate: it says how it counts. */
export function planEnvironment(bridge: Bridge, environment: Environment, load: Load): Plan {
  const lines = [
    ...pollerUnits(bridge, environment),
    ...service(bridge, environment),
    ...network(bridge, environment),
    ...letters(bridge),
    ...cluster(environment),
    ...functions(bridge, load),
    ...table(bridge, load),
    ...watching(bridge),
  ];
  const callsPerDay =
    bridge.sinks.length === 0 ? loginsPerDay : load.recordsPerDay / rowsPerCall(bridge) + loginsPerDay;
  const inFlight = Math.max(1, Math.ceil((load.peakRecordsPerSecond * secondsPerCall) / maxRowsPerCall));
  return {
    lines,
    dollarsPerMonth: lines.reduce((sum, line) => sum + line.dollars, 0),
    callsPerDay: Math.ceil(callsPerDay),
    shareOfCalls: callsPerDay / load.callsAllowedPerDay,
    partitions: inFlight,
    pollers: Math.ceil(inFlight / batchesPerPoller),
  };
}

/** A batch is seldom full, so calls are counted as three quarters full, and never fuller than a batch. */
function rowsPerCall(bridge: Bridge): number {
  const smallest = Math.min(...bridge.sinks.map((sink) => sink.batch.size), maxRowsPerCall);
  return Math.max(1, smallest * 0.75);
}

function pollerUnits(bridge: Bridge, { eventSource }: Environment): CostLine[] {
  if (bridge.sinks.length === 0) return [];
  const pollers = bridge.sinks.length * eventSource.minimumPollers;
  const units = Math.ceil(pollers / pollersPerUnit);
  return [
    {
      what: 'Event source mappings, provisioned',
      dollars: units * prices.eventPollerUnitHour * hoursPerMonth,
      how: `${pollers} poller(s) at least, which share ${units} unit(s); more while they are scaled up`,
    },
  ];
}

function service(bridge: Bridge, { poller: { cpu, memoryMb, tasks } }: Environment): CostLine[] {
  if (bridge.sources.length === 0) return [];
  const hour = (cpu / 1024) * prices.fargateArmVcpuHour + (memoryMb / 1024) * prices.fargateArmGbHour;
  return [
    {
      what: 'Poller service',
      dollars: tasks * hour * hoursPerMonth,
      how: `${tasks === 1 ? 'one Fargate task' : 'two Fargate tasks'} on arm64, ${cpu / 1024} vCPU and ${memoryMb} MB`,
    },
  ];
}

function network(bridge: Bridge, { network: net }: Environment): CostLine[] {
  if (net.kind === 'existing') return [{ what: 'Network', dollars: 0, how: 'the existing VPC and its way out' }];
  if (!runsInNetwork(bridge)) return [{ what: 'Way to Salesforce', dollars: 0, how: 'no program sits in a network' }];
  if (net.egress === 'publicAddress') {
    return [
      {
        what: 'Public address of the poller',
        dollars: prices.publicAddressHour * hoursPerMonth,
        how: 'changes with every task; no NAT gateway',
      },
    ];
  }
  return [
    {
      what: 'NAT gateway and its fixed address',
      dollars: (prices.natGatewayHour + prices.publicAddressHour) * hoursPerMonth,
      how: 'one, plus $0.045 a GB',
    },
  ];
}

/** Letters are rare; what they cost is the place they are kept in. */
function letters(bridge: Bridge): CostLine[] {
  const queues = bridge.sinks.filter(({ deadLetters }) => deadLetters.kind === 'queue').length;
  const buckets = bridge.sinks.some(({ deadLetters }) => deadLetters.bucket) ? 1 : 0;
  if (queues + buckets === 0) return [];
  return [
    {
      what: 'Dead letters outside Kafka',
      dollars: 0,
      how: `${queues} queue(s) and ${buckets} bucket(s): a million letters cost less than a dollar`,
    },
  ];
}

function cluster({ cluster: { kind } }: Environment): CostLine[] {
  if (kind !== 'create') return [{ what: 'Kafka', dollars: 0, how: 'the existing cluster' }];
  const brokers = 2;
  const storageGb = 10;
  return [
    {
      what: 'MSK cluster',
      dollars: brokers * (prices.mskT3SmallHour * hoursPerMonth + storageGb * prices.mskStorageGbMonth),
      how: `${brokers} kafka.t3.small with ${storageGb} GB each`,
    },
  ];
}

function functions(bridge: Bridge, load: Load): CostLine[] {
  if (bridge.sinks.length === 0) return [];
  const memoryMb = Math.max(...bridge.sinks.map((sink) => sink.function.memoryMb));
  const calls = (load.recordsPerDay / rowsPerCall(bridge)) * daysPerMonth;
  const dollars =
    calls * secondsPerCall * (memoryMb / 1024) * prices.lambdaArmGbSecond +
    (calls / 1_000_000) * prices.lambdaMillionRequests;
  return [
    {
      what: 'Sink functions',
      dollars,
      how: `${memoryMb} MB, ${secondsPerCall} s for each call of ${rowsPerCall(bridge)} rows`,
    },
  ];
}

function table(bridge: Bridge, load: Load): CostLine[] {
  const remembered = bridge.sinks.length === 0 ? 0 : load.recordsPerDay;
  const commits = bridge.sources.length === 0 ? 0 : load.eventsPerDay;
  const writes = (remembered + commits) * daysPerMonth;
  const reads = remembered * daysPerMonth;
  return [
    {
      what: 'State table, on demand',
      dollars: (writes / 1_000_000) * prices.tableMillionWrites + (reads / 1_000_000) * prices.tableMillionReads,
      how: 'at most one write per record and event and one read per record; fewer, since they go in batches',
    },
  ];
}

function watching(bridge: Bridge): CostLine[] {
  const metrics =
    Object.keys(pollerMetrics).length * Math.min(1, bridge.sources.length) +
    Object.keys(sinkMetrics).length * bridge.sinks.length;
  const queues = bridge.sinks.filter(({ deadLetters }) => deadLetters.kind === 'queue').length;
  const alarms =
    otherAlarms + pollerAlarms * Math.min(1, bridge.sources.length) + alarmsPerSink * bridge.sinks.length + queues;
  return [
    {
      what: 'Metrics, alarms, dashboard',
      dollars: metrics * prices.metricMonth + alarms * prices.alarmMonth + prices.dashboardMonth,
      how: `${metrics} metrics of our own, ${alarms} alarms, one dashboard`,
    },
    { what: 'Logs', dollars: prices.logsGb, how: '1 GB a month: a line per batch and half minute, more in trouble' },
    { what: 'Secrets', dollars: bridge.orgs.length * prices.secretMonth, how: 'one per org' },
  ];
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
