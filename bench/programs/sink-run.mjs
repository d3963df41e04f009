// One process of the sink's bench, plain JavaScript, so that the memory it needs is that of the bundle. It reads what to do
// as JSON from its argument and prints one line of JSON.
import { readFileSync } from 'node:fs';
import { startAwsStub } from './aws-stub.mjs';

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

/** Runs jobs in order, so many at a time. */
async function inLanes(jobs, lanes, work) {
  let next = 0;
  const lane = async () => {
    while (next < jobs.length) await work(jobs[next++]);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Each instance is a copy of the module, as each execution environment has its own. */
async function loadHandler(instance) {
  Object.assign(process.env, {
    SINK_NAME: 'accounts',
    STATE_TABLE_NAME: 'bench',
    SALESFORCE_SECRET_ARN: 'bench',
    KAFKA_BROKERS: '127.0.0.1:1',
    POWERTOOLS_LOG_LEVEL: 'ERROR',
  });
  const { handler } = await import(`${task.bundle}?instance=${instance}`);
  return async (event) => {
    const { batchItemFailures } = await handler(event, context);
    if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} records were handed back`);
  };
}

/** Loaded where it is needed only, since reading TypeScript takes memory of its own. */
async function loadRows() {
  const { accountRow, eventText } = await import('./accounts.ts');
  const rowsOf = (from, count) => Array.from({ length: count }, (_, index) => accountRow(from + index, task.round));
  return { rowsOf, eventText };
}

/** Batches of records through the bundle, each instance with a partition of its own. */
async function runSink() {
  await startAwsStub(task.credentials);
  const { rowsOf, eventText } = await loadRows();
  const { instances, batches, batchSize } = task;
  // For calls each partition has an environment of its own; for speed all lanes share one, as one process has one core.
  const handlers = await Promise.all(
    Array.from({ length: instances }, (_, index) => loadHandler(task.prepare ? 0 : index)),
  );
  const makeEvent = (batch) =>
    eventText(batch % instances, 1 + batch * batchSize, rowsOf(batch * batchSize, batchSize));
  const prepared = task.prepare ? Array.from({ length: batches }, (_, batch) => makeEvent(batch)) : undefined;
  // A cold start is measured elsewhere: token, describes and compiled code are there when the clock starts.
  const warmUp = task.prepare ? instances : 0;
  await Promise.all(
    handlers.map((handle, instance) => (instance < warmUp ? handle(JSON.parse(prepared[instance])) : 0)),
  );
  const clock = startClock();
  await Promise.all(
    handlers.map(async (handle, instance) => {
      for (let batch = warmUp + instance; batch < batches; batch += instances) {
        await handle(JSON.parse(prepared?.[batch] ?? makeEvent(batch)));
      }
    }),
  );
  return { ...clock(), rows: (batches - warmUp) * batchSize };
}

/** The same rows as requests that are ready to be sent, with nothing around them. */
async function runBareLoop() {
  const { rowsOf } = await loadRows();
  const { instances, batches, batchSize, instanceUrl, token } = task;
  const url = '/services/data/v66.0/composite/sobjects/Account/External_Id__c';
  const bodies = Array.from({ length: batches }, (_, batch) => {
    const rows = rowsOf(batch * batchSize, batchSize).map((row) => ({ attributes: { type: 'Account' }, ...row }));
    const compositeRequest = [];
    for (let start = 0; start < rows.length; start += 200) {
      const body = { allOrNone: false, records: rows.slice(start, start + 200) };
      compositeRequest.push({ method: 'PATCH', url, referenceId: `call${start}`, body });
    }
    return JSON.stringify({ allOrNone: false, collateSubrequests: false, compositeRequest });
  });
  const post = async (body) => {
    const response = await fetch(`${instanceUrl}/services/data/v66.0/composite`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body,
    });
    const { compositeResponse } = await response.json();
    const bad = compositeResponse.some(({ body: results }) => !results.every?.(({ success }) => success));
    if (bad) throw new Error('A row of the bare loop failed');
  };
  await inLanes(bodies.slice(0, instances), instances, post);
  const clock = startClock();
  await inLanes(bodies.slice(instances), instances, post);
  return { ...clock(), rows: (batches - instances) * batchSize };
}

/** One event from a file, as Lambda's runtime gets it. */
async function runEvent() {
  await startAwsStub(task.credentials);
  const handle = await loadHandler(0);
  const loadedMb = process.memoryUsage().rss / 1_048_576;
  await handle(JSON.parse(readFileSync(task.eventFile, 'utf8')));
  return { loadedMb, peakMb: process.resourceUsage().maxRSS / 1024 };
}

async function runInit() {
  const started = performance.now();
  await import(task.bundle);
  return { milliseconds: performance.now() - started };
}

const runs = { sink: runSink, bare: runBareLoop, event: runEvent, init: runInit };
process.stdout.write(`${JSON.stringify(await runs[task.kind]())}\n`);
