import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { login } from '../../shared/salesforce/auth/login.ts';
import { createTokenProvider } from '../../shared/salesforce/auth/token-provider.ts';
import { createRestClient, type RestClient } from '../../shared/salesforce/rest-client.ts';
import { chooseCacheFolder, type Environment, findPackageFolder } from '../cache.ts';
import { auditLoad } from './audit.ts';
import { type LoadTrace, runBoundedLoad } from './bounded-load.ts';
import { chooseWorkload, type Workload } from './choose-workload.ts';
import { countEmulated } from './emulated-org-counts.ts';
import { type Flows, startFlows } from './flows.ts';
import { type Ground, startGround } from './ground.ts';
import { type LoadedDefinition, loadDefinition } from './load-definition.ts';
import { countByLimits, type OrgCounter } from './org-counts.ts';
import { createOrgHands, type OrgHands } from './org-hands.ts';
import { prepareOrg } from './prepare-org.ts';
import type { Progress } from './progress.ts';
import { pruneRuns } from './prune-runs.ts';
import { formatTable, type RunResult } from './report.ts';
import { type DevOptions, readOwnThings } from './settings.ts';
import { createStopList } from './stop-list.ts';

interface DevParts {
  readonly environment: Environment;
  readonly progress: Progress;
  /** Takes the result of a bounded run, one JSON line. */
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs the whole bridge on this machine: everything it stands on, its programs as processes of their own, and a load.
 *
 * @returns the exit code: 1 when a bounded run lost something or ended otherwise than expected.
 */
export async function runDev(options: DevOptions, parts: DevParts): Promise<number> {
  const { environment, progress, print, signal } = parts;
  const startedAt = performance.now();
  const cache = chooseCacheFolder({
    environment,
    homeFolder: homedir(),
    packageFolder: findPackageFolder(path.dirname(fileURLToPath(import.meta.url))),
  });
  const runsFolder = path.join(cache, 'runs');
  await pruneRuns(runsFolder);
  const runFolder = path.join(runsFolder, `${new Date().toISOString().replaceAll(':', '-')}-${process.pid}`);
  await mkdir(runFolder, { recursive: true });

  const definition = await loadDefinition(options, runFolder);
  const own = readOwnThings(environment, definition.credentials);
  const workload = await chooseWorkload(options, definition.bridge, own, (line) => progress.say(line));
  for (const note of definition.notes) progress.say(note);

  const stops = createStopList();
  try {
    return await unlessAborted(signal, run());
  } finally {
    await stops.stopAll();
    if (signal.aborted) progress.say('Stopped.');
  }

  async function run(): Promise<number> {
    const { bridge, credentials, file: definitionFile } = definition;
    const ground = await startGround({ own, credentials, environment, cache, runFolder, progress, stops });
    const org = await enterOrg(ground, definition);
    if (workload !== undefined) await prepareOrg(org.hands, workload.catalogue);
    const counter = await countFrom(ground, org);
    const flows = await startFlows({ bridge, definitionFile, ground, runFolder, progress, stops });
    progress.say(`Logs        ${runFolder}`);
    const started = { definition, ground, flows, org, counter, workload, startedAt };
    if (!options.once) return serve(started, progress);
    const result = await loadAndAudit(started, progress);
    progress.say(formatTable(result));
    print(JSON.stringify(result));
    return result.lost === 0 && result.wrong === 0 ? 0 : 1;
  }
}

/** Being told to stop is a good end; whatever was under way is left to the stop list, which ends what it stands on. */
async function unlessAborted(signal: AbortSignal, run: Promise<number>): Promise<number> {
  const aborted = new Promise<number>((resolve) => {
    if (signal.aborted) resolve(0);
    signal.addEventListener('abort', () => resolve(0));
  });
  run.catch(() => undefined);
  return Promise.race([run, aborted]);
}

interface Run {
  readonly definition: LoadedDefinition;
  readonly ground: Ground;
  readonly flows: Flows;
  readonly org: { readonly hands: OrgHands; readonly rest: RestClient };
  readonly counter: OrgCounter;
  readonly workload: Workload | undefined;
  readonly startedAt: number;
}

async function loadAndAudit(run: Run, progress: Progress): Promise<RunResult> {
  const { flows, org, counter, workload } = run;
  const prices = workload?.prices ?? [];
  const trace = await load(run, progress);
  // Drained programs have settled and committed all they had, and the poller has said its last count.
  await flows.drain();
  return auditLoad({
    trace,
    prices,
    knownProducts: new Set(workload?.catalogue.products),
    hands: org.hands,
    counts: await counter.read(),
    eventsReceived: flows.poller.eventsReceived,
    seconds: Math.round((performance.now() - run.startedAt) / 100) / 10,
  });
}

/** Streams the workload, if any, and then stays until it is told to stop. */
async function serve(run: Run, progress: Progress): Promise<never> {
  if (run.workload !== undefined) {
    const trace = await load(run, progress);
    const { written, filtered, deadLettered } = trace.dispositions;
    const published = trace.sources.reduce((sum, { records }) => sum + records.length, 0);
    progress.say(
      `Sample load done: ${written} written, ${filtered} filtered, ${deadLettered} dead-lettered, ${published} published`,
    );
  }
  progress.say('Running. Press Ctrl-C to stop.');
  // The wait must keep the process alive by itself, whatever the children's pipes do.
  for (;;) await delay(60_000);
}

function load({ definition, ground, org, workload }: Run, progress: Progress): Promise<LoadTrace> {
  const { prices, run } = workload ?? { prices: [], run: '' };
  return runBoundedLoad({ bridge: definition.bridge, ground, hands: org.hands, prices, run, progress });
}

async function enterOrg({ org }: Ground, { bridge }: LoadedDefinition): Promise<Run['org']> {
  const [first] = bridge.orgs;
  const flow = org.controlUrl === undefined ? (first?.auth ?? 'clientCredentials') : 'clientCredentials';
  // A wrong credential is said here, once, before anything else is started.
  const tokens = createTokenProvider({ now: () => performance.now(), login: () => login(flow, org.hands) });
  const rest = createRestClient({ tokens, apiVersion: first?.apiVersion ?? '66.0', clientName: 'sample-data' });
  await tokens.current();
  return { rest, hands: createOrgHands(rest) };
}

function countFrom({ org }: Ground, { rest, hands }: Run['org']): Promise<OrgCounter> {
  return org.controlUrl === undefined ? countByLimits(rest, hands) : countEmulated(org.controlUrl);
}
