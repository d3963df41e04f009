import type { Bridge } from '../../shared/bridge/bridge.ts';
import { resolveCapture } from '../../shared/salesforce/channels.ts';
import { maxRowsPerCall } from '../../shared/salesforce/collections.ts';
import { metricsOfSink, pollerMetrics } from '../../shared/telemetry/metrics.ts';
import { findAggregate } from '../../shared/transform/write-owed-rows.ts';
import { isExpress } from '../cluster-settings.ts';
import type { Environment } from '../environment-settings.ts';
import { runsInNetwork } from '../flow-topics.ts';
import { type Load, rowsPerCall, secondsPer200Rows, secondsPerDay } from './load.ts';
import { daysPerMonth, hoursPerMonth, prices } from './prices.ts';

export interface CostLine {
  readonly what: string;
  readonly dollars: number;
  readonly how: string;
}

/** A tick that finds nothing due reads one item and ends. */
const secondsPerTick = 0.1;
const ticksPerMonth = (daysPerMonth * secondsPerDay) / 60;
const pollersPerUnit = 10;
const alarmsPerSink = 11;
const alarmsPerFeed = 7;
const pollerAlarms = 16;
const otherAlarms = 1;
/** CloudWatch bills an alarm for each metric it looks at: https://aws.amazon.com/cloudwatch/pricing/ */
const metricsOf = {
  /** What is measured, and the two edges of what is usual. */
  anomaly: 3,
  /** A share is counted from part and whole; all other alarms look at one metric. */
  moreOfRelease: 1,
} as const;

/** What each part of a deployment costs a month. */
export function costLines(bridge: Bridge, environment: Environment, load: Load): CostLine[] {
  return [
    ...pollerUnits(bridge, environment),
    ...service(bridge, environment),
    ...network(bridge, environment),
    ...letters(bridge),
    ...cluster(environment),
    ...functions(bridge, load),
    ...table(bridge, load),
    ...watching(bridge, environment),
  ];
}

function pollerUnits(bridge: Bridge, { eventSource }: Environment): CostLine[] {
  if (bridge.sinks.length === 0) return [];
  const pollers = feedsOf(bridge) * eventSource.minimumPollers;
  const units = Math.ceil(pollers / pollersPerUnit);
  return [
    {
      what: 'Event source mappings, provisioned',
      dollars: units * prices.eventPollerUnitHour * hoursPerMonth,
      how: `${pollers} poller(s) at least, which share ${units} unit(s); more while they are scaled up`,
    },
  ];
}

/** Each topic of a sink has an event source mapping of its own. */
function feedsOf({ sinks }: Bridge): number {
  return sinks.reduce((sum, { feeds }) => sum + feeds.length, 0);
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

function cluster({ cluster: settings }: Environment): CostLine[] {
  if (settings.kind !== 'create') {
    const written = isExpress(settings) ? `, plus $${prices.mskExpressGbWritten} a GB written to it` : '';
    return [{ what: 'Kafka', dollars: 0, how: `the existing cluster${written}` }];
  }
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
  const rows = rowsPerCall(bridge);
  const calls = (load.recordsPerDay / rows) * daysPerMonth;
  const seconds = secondsPer200Rows * (rows / maxRowsPerCall);
  const lines = [
    {
      what: 'Sink functions',
      dollars: invocations(calls, seconds, memoryMb),
      how: `${memoryMb} MB, ${seconds.toFixed(1)} s for each call of ${rows} rows`,
    },
  ];
  const ticking = sinksWithTicks(bridge).length;
  if (ticking === 0) return lines;
  const ticks = ticking * ticksPerMonth;
  return [
    ...lines,
    {
      what: 'Ticks of aggregates',
      dollars: invocations(ticks, secondsPerTick, memoryMb),
      how: `${Math.round(ticks).toLocaleString('en-US')} short invocations: one a minute for each of ${ticking} sink(s)`,
    },
  ];
}

function invocations(count: number, seconds: number, memoryMb: number): number {
  return (
    count * seconds * (memoryMb / 1024) * prices.lambdaArmGbSecond + (count / 1_000_000) * prices.lambdaMillionRequests
  );
}

function sinksWithTicks(bridge: Bridge) {
  return bridge.sinks.filter(({ transform }) => findAggregate(transform) !== undefined);
}

function table(bridge: Bridge, load: Load): CostLine[] {
  const remembered = bridge.sinks.length === 0 ? 0 : load.recordsPerDay;
  const commits = bridge.sources.length === 0 ? 0 : load.eventsPerDay;
  const writes = (remembered + commits) * daysPerMonth;
  const reads = remembered * daysPerMonth + sinksWithTicks(bridge).length * ticksPerMonth;
  const lines = [
    {
      what: 'State table, on demand',
      dollars: (writes / 1_000_000) * prices.tableMillionWrites + (reads / 1_000_000) * prices.tableMillionReads,
      how: 'at most one write per record and event and one read per record; fewer, since they go in batches',
    },
  ];
  const channels = channelsOf(bridge);
  if (channels === 0) return lines;
  // A lease is renewed three times within its time, whether events come or not (channel-lease.ts).
  const renewals = (channels * secondsPerDay * 3) / bridge.poller.leaseSeconds;
  return [
    ...lines,
    {
      what: 'Leases of channels',
      dollars: ((renewals * daysPerMonth) / 1_000_000) * prices.tableMillionWrites,
      how: `${Math.round(renewals).toLocaleString('en-US')} writes a day for ${channels} channel(s); fewer with a longer poller.leaseSeconds`,
    },
  ];
}

function channelsOf(bridge: Bridge): number {
  return new Set(bridge.sources.map(({ org, capture }) => `${org} ${resolveCapture(capture).channel}`)).size;
}

function watching(bridge: Bridge, { alarms: { anomalies } }: Environment): CostLine[] {
  const pollers = Math.min(1, bridge.sources.length);
  const programs = pollers + bridge.sinks.length;
  const ticking = sinksWithTicks(bridge);
  const ofSinks = bridge.sinks.map((sink) => metricsOfSink({ hasAggregate: ticking.includes(sink) }).length);
  const metrics = ofSinks.reduce((sum, each) => sum + each, Object.keys(pollerMetrics).length * pollers);
  const queues = bridge.sinks.filter(({ deadLetters }) => deadLetters.kind === 'queue').length;
  const plain =
    otherAlarms +
    pollerAlarms * pollers +
    alarmsPerSink * bridge.sinks.length +
    alarmsPerFeed * feedsOf(bridge) +
    ticking.length +
    queues;
  const unusual = anomalies ? programs : 0;
  const alarms = plain + unusual;
  const looks = plain + programs * metricsOf.moreOfRelease + unusual * metricsOf.anomaly;
  return [
    {
      what: 'Metrics, alarms, dashboard',
      dollars: metrics * prices.metricMonth + looks * prices.alarmMonth + prices.dashboardMonth,
      how: `${metrics} metrics of our own, ${alarms} alarms that look at ${looks} metrics, one dashboard`,
    },
    { what: 'Logs', dollars: prices.logsGb, how: '1 GB a month: a line per batch and half minute, more in trouble' },
    { what: 'Secrets', dollars: bridge.orgs.length * prices.secretMonth, how: 'one per org' },
  ];
}
