import type { Fault } from '../../../local/org/faults/fault-schema.ts';
import type { SourceScenario } from '../source/source-scenario.ts';

const streaming = { pathPrefix: '/cometd' };
const errorPage = '<html><head><title>Error</title></head><body>The server is down for maintenance.</body></html>';

/** Troubles of the streaming API's own web servers, each on a share of the requests. */
const badAnswers: readonly Fault[] = [
  { kind: 'respond', match: streaming, rate: 0.1, status: 503, body: errorPage },
  { kind: 'respond', match: streaming, rate: 0.1, status: 500, body: errorPage },
  { kind: 'respond', match: streaming, rate: 0.1, status: 200, body: errorPage },
  { kind: 'respond', match: streaming, rate: 0.1, status: 502 },
  { kind: 'reset-connection', match: streaming, rate: 0.1, when: 'before' },
  { kind: 'reset-connection', match: streaming, rate: 0.1, when: 'after' },
];

/** Away with changes that nobody keeps for so long, and back with changes going on. */
const awayForDays: SourceScenario['steps'] = [
  { do: { kind: 'wait', ms: 4_000 } },
  { do: { kind: 'kill-all-pollers' } },
  { do: { kind: 'wait', ms: 4_000 } },
  { do: { kind: 'pause-load' } },
  { do: { kind: 'advance-clocks', hours: 80 } },
  { do: { kind: 'resume-load' } },
  { do: { kind: 'wait', ms: 2_000 } },
  { do: { kind: 'start-pollers' } },
  { do: { kind: 'wait', ms: 15_000 } },
];

/** Of programs/poller-main.ts. */
const placesToDie = [
  'received-not-published',
  'one-partition-refused',
  'half-fan-out',
  'acknowledged-not-committed',
  'committed-not-released',
];

export const sourceScenarios: readonly SourceScenario[] = [
  {
    name: 'token-expiry',
    promise: 'Access tokens die every 5 s for 2 minutes: every change arrives.',
    steps: [{ do: { kind: 'fault', fault: { kind: 'expire-tokens' } }, times: 24, everyMs: 5_000 }],
    limitSeconds: 400,
  },
  {
    name: 'unknown-client',
    promise: 'Salesforce forgets 40 sessions: every change arrives.',
    steps: [{ do: { kind: 'fault', fault: { kind: 'forget-clients' } }, times: 40, everyMs: 500 }],
    limitSeconds: 600,
  },
  {
    name: 'server-disconnect',
    promise: 'Salesforce ends sessions with a disconnect message: every change arrives.',
    steps: [{ do: { kind: 'fault', fault: { kind: 'server-disconnect' } }, times: 10, everyMs: 1_000 }],
    limitSeconds: 300,
  },
  {
    name: 'html-and-5xx',
    promise: 'Streaming requests meet pages of HTML, 5xx and broken connections: every change arrives.',
    steps: [{ do: { kind: 'faults-for', faults: badAnswers, ms: 45_000 } }],
    limitSeconds: 300,
  },
  {
    name: 'cookie-lost',
    promise: 'The load balancer forgets its cookies: every change arrives.',
    steps: [{ do: { kind: 'fault', fault: { kind: 'lose-cookies' } }, times: 10, everyMs: 1_000 }],
    limitSeconds: 300,
  },
  {
    name: 'daily-limit',
    promise: 'The daily allowance of events is used up: the poller waits and resumes where it was.',
    steps: [
      {
        do: {
          kind: 'faults-for',
          faults: [
            {
              kind: 'bayeux-error',
              channel: '/meta/connect',
              error: '403::Organization total events daily limit exceeded',
            },
            {
              kind: 'bayeux-error',
              channel: '/meta/subscribe',
              error: '403::Organization total events daily limit exceeded',
            },
          ],
          ms: 25_000,
        },
        everyMs: 3_000,
      },
    ],
    // The poller waits a quarter of an hour between its tries; here that is a minute and a half, and its lease a second.
    clockSpeed: 10,
    leaseSeconds: 10,
    stallSeconds: 150,
    limitSeconds: 400,
  },
  {
    name: 'restart-before-first-event',
    promise: 'A poller that is killed before its first event misses nothing of what happens until the next one runs.',
    loadWaits: true,
    steps: [
      { do: { kind: 'kill-all-pollers' } },
      { do: { kind: 'resume-load' } },
      { do: { kind: 'wait', ms: 6_000 } },
      { do: { kind: 'start-pollers' } },
    ],
  },
  {
    name: 'two-orgs-one-refuses',
    promise: 'One org refuses every handshake for a while: the other one streams on, and both end complete.',
    orgs: 2,
    steps: [
      {
        do: {
          kind: 'faults-for',
          org: 2,
          faults: [
            { kind: 'bayeux-error', channel: '/meta/connect', error: '403::Unknown client', advice: 'handshake' },
          ],
          ms: 20_000,
        },
        everyMs: 2_000,
      },
    ],
    limitSeconds: 240,
  },
  {
    name: 'kill-9',
    promise: 'The poller is killed 30 times at random: every change arrives.',
    steps: [{ do: { kind: 'kill-poller' }, times: 30, everyMs: 500, jitterMs: 9_000 }],
    limitSeconds: 400,
  },
  {
    name: 'kill-9-at-least-once',
    promise:
      'Without transactions the poller is killed 10 times: every change arrives, and repeats stay within bounds.',
    delivery: 'atLeastOnce',
    steps: [{ do: { kind: 'kill-poller' }, times: 10, everyMs: 500, jitterMs: 9_000 }],
    limitSeconds: 300,
  },
  {
    name: 'two-tasks',
    promise: 'The task that reads is killed 20 times: the other one reads within 15 s, and every change arrives.',
    pollers: 2,
    leaseSeconds: 10,
    steps: [{ do: { kind: 'kill-owner', takeOverMs: 15_000 }, times: 20, everyMs: 500, jitterMs: 2_000 }],
    limitSeconds: 600,
  },
  {
    name: 'paused-owner',
    promise: 'The task that reads stands still past its lease and wakes up again: nothing is lost or turned around.',
    pollers: 2,
    leaseSeconds: 10,
    steps: [{ do: { kind: 'pause-owner', takeOverMs: 15_000, ms: 3_000 }, times: 4, everyMs: 2_000 }],
    limitSeconds: 300,
  },
  {
    name: 'clock-skew',
    promise: 'The clocks of two tasks are 5 minutes apart while they take over from each other: every change arrives.',
    pollers: 2,
    clockSkewMs: [-150_000, 150_000],
    steps: [{ do: { kind: 'kill-owner', takeOverMs: 15_000 }, times: 6, everyMs: 1_000 }],
    limitSeconds: 300,
  },
  {
    name: 'kill-9-at-places',
    promise: 'The poller is killed 3 times at each place where a crash could lose or repeat something: nothing is.',
    steps: placesToDie.map((place) => ({ do: { kind: 'kill-at', place }, times: 3 }) as const),
    limitSeconds: 300,
  },
  {
    name: 'kill-9-at-places-at-least-once',
    promise: 'The same without transactions, which leaves halves of batches in the log: every change arrives.',
    delivery: 'atLeastOnce',
    steps: placesToDie.map((place) => ({ do: { kind: 'kill-at', place }, times: 3 }) as const),
    limitSeconds: 300,
  },
  ...(['resync', 'earliest', 'latest'] as const).map(
    (policy): SourceScenario => ({
      name: `stale-replay-${policy}`,
      promise: 'The poller is away for longer than events are kept: what is missing is what a gap record says.',
      source: { onReplayLost: policy },
      steps: awayForDays,
      named: 'some',
      limitSeconds: 240,
    }),
  ),
  {
    name: 'stale-replay-halt',
    promise:
      'The poller is away for longer than events are kept and halts: a gap record says from when on all is missing.',
    source: { onReplayLost: 'halt' },
    steps: awayForDays,
    named: 'some',
    limitSeconds: 240,
  },
  {
    name: 'quiet-past-retention',
    promise:
      'Nothing happened for longer than events are kept, then the poller is killed: nothing is missed or told missing.',
    steps: [
      { do: { kind: 'wait', ms: 2_000 } },
      { do: { kind: 'pause-load' } },
      { do: { kind: 'wait', ms: 2_000 } },
      // Each time the poller finds its token dead, logs in again and is told by a quiet connect that it missed nothing.
      { do: { kind: 'advance-clocks', hours: 20 }, times: 2, everyMs: 36_000 },
      { do: { kind: 'wait', ms: 36_000 } },
      { do: { kind: 'kill-all-pollers' } },
      { do: { kind: 'resume-load' } },
      { do: { kind: 'wait', ms: 3_000 } },
      { do: { kind: 'start-pollers' } },
    ],
    orgSettings: { connectHoldMs: 2_000, changeEventRetentionMs: 24 * 3_600_000 },
    named: 'none',
    limitSeconds: 300,
  },
  {
    name: 'gap-events',
    promise: 'Changes that are too large for an event come as gap events: each row is published as it is or became.',
    tooLargeEvery: 9,
    orgSettings: { changeEventBytes: 4_000 },
    steps: [
      { do: { kind: 'wait', ms: 15_000 } },
      { do: { kind: 'kill-poller' } },
      { do: { kind: 'wait', ms: 10_000 } },
    ],
  },
  {
    name: 'overflow',
    promise: 'A transaction changes more than events tell: the object is read again, and no row becomes older.',
    orgSettings: { overflowAfterChanges: 20 },
    steps: [{ do: { kind: 'change-all' }, times: 4, everyMs: 5_000 }],
  },
  {
    name: 'drift',
    promise:
      'A field of the streamed object is added, retyped and removed: it reaches records at once, and each drift is reported once.',
    pollers: 2,
    poller: { describeSeconds: 60 },
    // Fields are looked at once a minute at most; here that is six seconds.
    clockSpeed: 10,
    leaseSeconds: 10,
    steps: [
      { do: { kind: 'change-field', to: 'text' }, everyMs: 4_000 },
      { do: { kind: 'change-field', to: 'number' }, everyMs: 2_000 },
      { do: { kind: 'change-field', to: 'gone' }, everyMs: 2_000 },
      { do: { kind: 'wait', ms: 8_000 } },
    ],
  },
  ...(['snapshot-under-load', 'snapshot-by-bulk'] as const).map(
    (name): SourceScenario => ({
      name,
      promise:
        'What exists is published while it changes and the poller is killed: no row is missing, none becomes older.',
      source: { snapshot: true },
      // Page by page, or by a query job.
      poller: { bulkFromRows: name === 'snapshot-by-bulk' ? 100 : 1_000_000 },
      roundsBefore: 500,
      mostRows: 1_500,
      steps: [
        { do: { kind: 'kill-at', place: 'half-reread', atOnce: true }, times: 3 },
        { do: { kind: 'kill-poller' }, times: 3, everyMs: 1_500, jitterMs: 2_000 },
      ],
      limitSeconds: 300,
    }),
  ),
  {
    name: 'broker-restart',
    promise: 'The broker is killed and started again 5 times: every change arrives.',
    alone: true,
    steps: [{ do: { kind: 'restart-broker' }, times: 5, everyMs: 3_000, jitterMs: 2_000 }],
    limitSeconds: 400,
  },
  {
    name: 'slow-kafka',
    promise: 'The broker stands still for 20 s, three times: every change arrives.',
    alone: true,
    steps: [{ do: { kind: 'pause-broker', ms: 20_000 }, times: 3, everyMs: 4_000 }],
    limitSeconds: 400,
  },
];
