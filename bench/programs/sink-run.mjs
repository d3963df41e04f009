// One process of the sink's bench, plain JavaScript, so that the memory it needs is that of the bundle. It reads what to do
// as JSON from its argument and prints a line of JSON; where there are rounds, one for each line that comes in.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const task = JSON.parse(process.argv[2]);
const context = { getRemainingTimeInMillis: () => 600_000 };

/** Time on the wall and of the processor, from here on. */
function startClock() {
  const started = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
}

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

/**
 * One batch after the other, so many in each round. A cold start is measured elsewhere: the warm-up leaves token, describes
 * and compiled code.
 */
async function inRounds(bodies, work) {
  const { warmUp, batches, batchSize } = task;
  for (const body of bodies.splice(0, warmUp)) await work(body);
  say('ready');
  for await (const _ of createInterface({ input: process.stdin })) {
    const clock = startClock();
    for (const body of bodies.splice(0, batches)) await work(body);
    say({ ...clock(), rows: batches * batchSize });
  }
}

async function loadHandler() {
  Object.assign(process.env, {
    SINK_NAME: 'accounts',
    STATE_TABLE_NAME: 'bench',
    SALESFORCE_SECRET_ARN: 'bench',
    KAFKA_BROKERS: '127.0.0.1:1',
    POWERTOOLS_LOG_LEVEL: 'ERROR',
  });
  const { handler } = await import(task.bundle);
  return async (text) => {
    const { batchItemFailures } = await handler(JSON.parse(text), context);
    if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} records were handed back`);
  };
}

/** The rows of each batch; no two processes have one in common. Loaded where needed, since TypeScript takes memory too. */
async function loadBatches() {
  const { accountRow, eventText } = await import('./accounts.ts');
  const { instance, warmUp, rounds, batches, batchSize, mark } = task;
  const count = warmUp + rounds * batches;
  const rows = Array.from({ length: count }, (_, batch) =>
    Array.from({ length: batchSize }, (_, index) => accountRow((instance * count + batch) * batchSize + index, mark)),
  );
  return { rows, eventText };
}

/** Batches of records of one partition through the bundle, as in one execution environment. */
async function runSink() {
  const { rows, eventText } = await loadBatches();
  const events = rows.map((each, batch) => eventText(task.instance, 1 + batch * task.batchSize, each));
  await inRounds(events, await loadHandler());
}

const rowsPerCall = 200;
const path = '/services/data/v66.0/composite/sobjects/Account/External_Id__c';

/** The bodies of a batch's collections calls, for which nothing is left to be done but to send them. */
function collectionsBodies(rows) {
  const records = rows.map((row) => ({ attributes: { type: 'Account' }, ...row }));
  const bodies = [];
  for (let start = 0; start < records.length; start += rowsPerCall) {
    bodies.push({ allOrNone: false, records: records.slice(start, start + rowsPerCall) });
  }
  return bodies;
}

async function call(method, path, body) {
  const response = await fetch(`${task.instanceUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${task.token}`, 'content-type': 'application/json' },
    body,
  });
  return response.json();
}

function refuseFailures(results) {
  if (!results.every?.(({ success }) => success)) throw new Error('A row of the bare loop failed');
}

/** The same rows as collections bodies, with nothing around them. */
async function runCollectionsLoop() {
  const { rows } = await loadBatches();
  const batches = rows.map((each) => collectionsBodies(each).map((body) => JSON.stringify(body)));
  await inRounds(batches, async (bodies) => {
    for (const body of bodies) refuseFailures(await call('PATCH', path, body));
  });
}

/** The same again, five of them in one call, as the sink sends them. */
async function runCompositeLoop() {
  const { rows } = await loadBatches();
  const bodies = rows.map((each) => {
    const compositeRequest = collectionsBodies(each).map((body, index) => {
      return { method: 'PATCH', url: path, referenceId: `call${index}`, body };
    });
    return JSON.stringify({ allOrNone: false, collateSubrequests: false, compositeRequest });
  });
  await inRounds(bodies, async (body) => {
    const { compositeResponse } = await call('POST', '/services/data/v66.0/composite', body);
    for (const { body: results } of compositeResponse) refuseFailures(results);
  });
}

/** One event from a file, as Lambda's runtime gets it. */
async function runEvent() {
  const handle = await loadHandler();
  const loadedMb = process.memoryUsage().rss / 1_048_576;
  await handle(readFileSync(task.eventFile, 'utf8'));
  say({ loadedMb, peakMb: process.resourceUsage().maxRSS / 1024 });
}

async function runInit() {
  const started = performance.now();
  await import(task.bundle);
  say({ milliseconds: performance.now() - started });
}

const runs = {
  sink: runSink,
  collections: runCollectionsLoop,
  composite: runCompositeLoop,
  event: runEvent,
  init: runInit,
};
await runs[task.kind]();
