import type { Fault } from '../../../local/org/faults/fault-schema.ts';
import type { Step } from '../run-steps.ts';
import type { SinkAction, SinkScenario } from '../sink/sink-scenario.ts';

const data = { pathPrefix: '/services/data' };
const writes = { pathContains: '/composite' };
const errorPage = '<html><head><title>Error</title></head><body>The server is down for maintenance.</body></html>';

/** Quick repeats, so that a minute of trouble is more deliveries than any count of attempts would allow. */
const eager = { initialMs: 20, maxMs: 100 };

/** Records come over some 20 s, so that the trouble meets batches of every kind. */
const steadyLoad = { records: 4_000, keys: 600, parts: 80, everyMs: 150 };

const unavailable: readonly Fault[] = [
  { kind: 'respond', match: writes, status: 503, body: [{ errorCode: 'SERVER_UNAVAILABLE', message: 'busy' }] },
];

/** Three deaths at each of these places of programs/sink-handler.ts. */
function killsAt(...places: readonly string[]): readonly Step<SinkAction>[] {
  return places.map((place) => ({ do: { kind: 'kill-at', place }, times: 3, everyMs: 300 }));
}

export const sinkScenarios: readonly SinkScenario[] = [
  {
    name: 'three-bad-in-200',
    promise: '197 rows are written once, 3 records become dead letters, nothing is sent again.',
    load: { records: 200, keys: 200, bad: { 20: 'rule', 100: 'tooLong', 180: 'rule' } },
    mostRowsWritten: 197,
  },
  {
    name: 'bad-merged-with-good',
    promise: 'A bad record takes no good one of its key with it.',
    load: { records: 1_000, keys: 60, badShare: 0.03 },
  },
  {
    name: 'same-key-storm',
    promise: '200 records of 3 keys: each row ends as its last record says.',
    load: { records: 200, keys: 3 },
  },
  {
    name: 'upsert-delete-upsert',
    promise: 'Rows are changed, deleted and changed again: each ends as its last records say, or is gone.',
    load: { records: 2_000, keys: 150, parts: 20, everyMs: 150, deleteShare: 0.15 },
  },
  {
    name: 'delete-undelete',
    promise:
      'Rows are deleted and come back, while calls break and rows are locked: each ends as its last records say.',
    load: { records: 2_000, keys: 120, parts: 30, everyMs: 200, deleteShare: 0.3, undeletes: true },
    faultsFromStart: [
      { kind: 'lock-rows', rate: 0.01 },
      { kind: 'reset-connection', match: { pathContains: '/Soap/' }, rate: 0.1, when: 'before' },
      { kind: 'reset-connection', match: { pathContains: '/Soap/' }, rate: 0.1, when: 'after' },
    ],
  },
  {
    name: 'out-of-order-parents',
    promise: 'Rows name parents whose records come later, in other partitions: they wait and are written.',
    load: { records: 600, keys: 300, parts: 12, everyMs: 500, parentsComeLater: true },
    leastRedelivered: 1,
  },
  {
    name: 'parents-on-another-topic',
    promise: 'Rows name parents whose records come later, on another topic of the sink: they wait and are written.',
    load: { records: 600, keys: 300, parts: 12, everyMs: 2_000, parentsComeLater: true, parentsCome: 'onTopic' },
    leastRedelivered: 1,
  },
  {
    name: 'parents-behind-their-children',
    promise:
      'Rows name parents whose records lie behind them in their partition, and what comes again is filled up: they are written.',
    load: { records: 600, keys: 300, parentsComeLater: true, parentsCome: 'behind' },
    // Parents are 100 records behind: the first batch lacks those of its last children, and reaches them when it is filled up.
    mapping: { redelivery: 'refilled', batchSize: 150 },
    leastRedelivered: 1,
  },
  {
    name: 'timeout-that-commits-late',
    promise:
      'Calls are answered never and take effect later: no row ends older than its last record, none is made twice.',
    load: { records: 2_000, keys: 200, parts: 40, everyMs: 200 },
    functionTimeoutSeconds: 15,
    // Longer than the sink waits for an answer, which is a third of what the function may take.
    faultsFromStart: [{ kind: 'delay', match: writes, rate: 0.3, times: 12, milliseconds: 9_000 }],
    limitSeconds: 300,
  },
  {
    name: 'row-locks',
    promise: '5 % of the rows are locked: every record is written in the end.',
    load: steadyLoad,
    faultsFromStart: [{ kind: 'lock-rows', rate: 0.05 }],
  },
  {
    name: '5xx-and-resets',
    promise: '5 % of the calls break, before or after they took effect: every record is written in the end.',
    load: steadyLoad,
    faultsFromStart: [
      {
        kind: 'respond',
        match: data,
        rate: 0.02,
        status: 500,
        body: [{ errorCode: 'UNKNOWN_EXCEPTION', message: '' }],
      },
      { kind: 'reset-connection', match: data, rate: 0.02, when: 'before' },
      { kind: 'reset-connection', match: data, rate: 0.02, when: 'after' },
    ],
  },
  {
    name: 'html-503',
    promise: 'The org answers with pages of HTML for 10 s: every record is written in the end.',
    load: steadyLoad,
    steps: [
      {
        do: {
          kind: 'faults-for',
          faults: [{ kind: 'respond', match: data, status: 503, body: errorPage }],
          ms: 10_000,
        },
      },
    ],
  },
  {
    name: 'slow-org',
    promise: 'Each call takes 2 s, some longer than the function may: every record is written in the end.',
    load: { records: 2_000, keys: 400, parts: 10, everyMs: 500 },
    functionTimeoutSeconds: 12,
    faultsFromStart: [
      { kind: 'delay', match: writes, milliseconds: 2_000 },
      { kind: 'delay', match: writes, rate: 0.1, milliseconds: 15_000 },
    ],
    limitSeconds: 300,
  },
  {
    name: 'daily-limit',
    promise: 'The calls of the day are used up, then a new day begins: every record is written in the end.',
    load: steadyLoad,
    mapping: { retryBackoff: eager },
    steps: [
      {
        do: { kind: 'faults-for', faults: [{ kind: 'request-limit', limit: 'daily', match: data }], ms: 15_000 },
        everyMs: 2_000,
      },
    ],
  },
  {
    name: 'org-down',
    promise: 'The org is down for more deliveries than any retry count allows: no good record is given up.',
    load: { records: 1_000, keys: 300, parts: 20, everyMs: 200 },
    mapping: { retryBackoff: eager },
    // An org that is down is understood, so it must not count: not even once.
    sink: { maxAttempts: 1 },
    steps: [{ do: { kind: 'faults-for', faults: unavailable, ms: 45_000 } }],
  },
  {
    name: 'token-expiry',
    promise: 'Access tokens die every second for 20 s: every record is written.',
    load: { ...steadyLoad, parts: 180 },
    steps: [{ do: { kind: 'fault', fault: { kind: 'expire-tokens' } }, times: 20, everyMs: 1_000 }],
  },
  {
    name: 'whole-request-400',
    promise: 'A record that spoils the whole call becomes a dead letter, and the others are written.',
    load: {
      records: 1_000,
      keys: 500,
      bad: { 17: 'wrongType', 333: 'unknownField', 334: 'wrongType', 900: 'notJson' },
    },
  },
  {
    name: 'kill-9',
    promise: 'The function is killed 30 times at random: every record is written.',
    load: { records: 8_000, keys: 600, parts: 250, everyMs: 150, badShare: 0.005 },
    steps: [{ do: { kind: 'kill-function' }, times: 30, everyMs: 300, jitterMs: 1_200 }],
    limitSeconds: 240,
  },
  {
    name: 'kill-9-at-places',
    promise: 'The function is killed 3 times at each place where a crash could lose or repeat something: nothing is.',
    // So many different rows come at once that requests hold several calls.
    load: { records: 40_000, keys: 20_000, parts: 80, everyMs: 300, badShare: 0.01 },
    mapping: { batchSize: 2_000 },
    steps: killsAt('written-not-settled', 'dead-lettered-not-settled', 'half-written', 'half-a-composite'),
  },
  {
    name: 'kill-9-at-bulk-jobs',
    promise: 'The function is killed 3 times at each step of a bulk job: the job is found again, and nothing is lost.',
    load: { records: 12_000, keys: 4_000, parts: 60, everyMs: 500, badShare: 0.01 },
    mapping: { batchSize: 2_000 },
    orgSettings: { bulkDelayMs: 400 },
    sink: { bulkFromRows: 50 },
    steps: killsAt('bulk-job-not-stored', 'bulk-job-not-uploaded', 'bulk-job-uploaded', 'bulk-results-read'),
    limitSeconds: 300,
  },
  {
    name: 'bulk-with-failures',
    promise: 'Bulk jobs refuse bad rows, meet locks, break and are aborted: every good record is written.',
    load: { records: 12_000, keys: 3_000, parts: 24, everyMs: 400, badShare: 0.02 },
    mapping: { batchSize: 2_000 },
    orgSettings: { bulkDelayMs: 50, bulkBatchRows: 200 },
    sink: { bulkFromRows: 50 },
    faultsFromStart: [
      { kind: 'lock-rows', rate: 0.02 },
      { kind: 'reset-connection', match: { pathContains: '/jobs/ingest' }, rate: 0.03, when: 'before' },
      { kind: 'reset-connection', match: { pathContains: '/jobs/ingest' }, rate: 0.03, when: 'after' },
    ],
    steps: [{ do: { kind: 'fault', fault: { kind: 'abort-bulk-jobs' } }, times: 3, everyMs: 500 }],
    limitSeconds: 300,
  },
  {
    name: 'redelivery-reported',
    promise: 'Each batch is delivered twice, only reported records come again: every record counts once.',
    load: { records: 2_000, keys: 300, parts: 20, everyMs: 200, badShare: 0.01 },
    mapping: { redelivery: 'reported' },
    answersGetLost: true,
    faultsFromStart: [{ kind: 'lock-rows', rate: 0.2, times: 400 }],
  },
  {
    name: 'redelivery-from-lowest',
    promise: 'Each batch is delivered twice, everything from the lowest comes again: every record counts once.',
    load: { records: 2_000, keys: 300, parts: 20, everyMs: 200, badShare: 0.01 },
    mapping: { redelivery: 'fromLowest' },
    answersGetLost: true,
    faultsFromStart: [{ kind: 'lock-rows', rate: 0.2, times: 400 }],
  },
  {
    name: 'retry-in-the-middle',
    promise: 'The fifth of ten records cannot be written for a while: it is, and so are the others.',
    load: { records: 10, keys: 10, partitions: 1 },
    faultsFromStart: [{ kind: 'lock-rows', after: 4, times: 12 }],
  },
];
