import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { login } from '../../shared/salesforce/auth/login.ts';
import { createTokenProvider } from '../../shared/salesforce/auth/token-provider.ts';
import { createRestClient, type RestClient } from '../../shared/salesforce/rest-client.ts';
import { chooseCacheFolder, type Environment, findPackageFolder } from '../cache.ts';
import { auditLoad } from './audit.ts';
import { type LoadTrace, runBoundedLoad } from './bounded-load.ts';
import { bundlePrograms } from './bundle-programs.ts';
import { chooseWorkload, type Workload } from './choose-workload.ts';
import { countEmulated } from './emulated-org-counts.ts';
import { type Flows, startFlows } from './flows.ts';
import { type Ground, startGround } from './ground.ts';
import { type LoadedDefinition, loadDefinition } from './load-definition.ts';
import { makeTopics } from './make-topics.ts';
import { observeRecipe, type RecipeObserver } from './observe-recipe.ts';
import { countByLimits, type OrgCounter } from './org-counts.ts';
import { createOrgHands } from './org-hands.ts';
import { listenToChannel } from './org-listener.ts';
import { prepareOrg } from './prepare-org.ts';
import type { Progress } from './progress.ts';
import { pruneRuns } from './prune-runs.ts';
import { loadRecipe, metadataFolderOf, type Recipe, type RecipeOrg, type RecipeOrgs } from './recipe.ts';
import { formatTable, type RunResult } from './report.ts';
import { type RecipeTrace, runRecipe } from './run-recipe.ts';
import { type DevOptions, isOnThisMachine, type OwnThings, readOwnThings } from './settings.ts';
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
  const recipe = options.properties === undefined ? await loadRecipe(definition.file) : undefined;
  const workload =
    recipe === undefined
      ? await chooseWorkload(options, definition.bridge, own, (line) => progress.say(line))
      : undefined;
  refuseForeignOrg(recipe, options, own);
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
    // Takes as long as the broker does to start, and a failure counts where the bundles are used.
    const bundles = bundlePrograms({ bridge, definitionFile, runFolder });
    bundles.catch(() => undefined);
    const ground = await startGround({
      own,
      credentials,
      orgNames: bridge.orgs.map(({ name }) => name),
      metadataFolder: recipe === undefined ? undefined : metadataFolderOf(definitionFile),
      ...(recipe?.seed === undefined ? {} : { seed: recipe.seed }),
      environment,
      cache,
      runFolder,
      progress,
      stops,
    });
    const orgs = await enterOrgs(ground, definition);
    const org = firstOf(orgs);
    const hands = Object.fromEntries(Object.entries(orgs).map(([name, each]) => [name, each.hands]));
    if (workload !== undefined) await prepareOrg(org.hands, workload.catalogue);
    await recipe?.prepare?.(hands);
    const counter = await countFrom(ground, org);
    await makeTopics(ground.brokers, bridge);
    const run = Date.now().toString(36);
    const observer =
      recipe === undefined ? undefined : await observeRecipe({ recipe, bridge, ground, orgs: hands, run });
    if (observer !== undefined) await stops.add('observers', () => observer.stop());
    const flows = await startFlows({ bridge, bundles, ground, runFolder, progress, stops });
    progress.say(`Logs        ${runFolder}`);
    const watched = recipe === undefined || observer === undefined ? undefined : { recipe, run, observer };
    const started = { definition, ground, flows, org, orgs: hands, counter, workload, watched, startedAt };
    if (!options.once) return serve(started, progress);
    const result = await (recipe === undefined
      ? loadAndAudit(started, progress)
      : loadRecipeAndCheck(started, progress));
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
  readonly org: { readonly hands: RecipeOrg; readonly rest: RestClient };
  readonly counter: OrgCounter;
  readonly orgs: RecipeOrgs;
  readonly workload: Workload | undefined;
  readonly watched: { readonly recipe: Recipe; readonly run: string; readonly observer: RecipeObserver } | undefined;
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

async function loadRecipeAndCheck(run: Run, progress: Progress): Promise<RunResult> {
  const trace = await pushRecipe(run, progress);
  await run.flows.drain();
  const { callsByKind = {}, ...counts } = await run.counter.read();
  const { findings, dispositions } = trace;
  for (const each of findings.lost.slice(0, 5)) progress.say(`lost: ${each}`);
  for (const each of findings.wrong.slice(0, 5)) progress.say(`wrong: ${each}`);
  const kinds = Object.entries(callsByKind).filter(([, count]) => count > 0);
  if (kinds.length > 0) progress.say(`API calls   ${kinds.map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
  return {
    recordsIn: trace.recordsIn,
    recordsWritten: dispositions.written,
    filtered: dispositions.filtered,
    absorbed: dispositions.absorbed,
    deadLettered: dispositions.deadLettered,
    ...counts,
    eventsReceived: run.flows.poller.eventsReceived,
    recordsPublished: trace.recordsPublished,
    lost: findings.lost.length,
    duplicates: 0,
    wrong: findings.wrong.length,
    seconds: Math.round((performance.now() - run.startedAt) / 100) / 10,
  };
}

async function pushRecipe({ watched, definition, ground, orgs }: Run, progress: Progress): Promise<RecipeTrace> {
  if (watched === undefined) throw new BridgeError('SKB_BUG', 'There is no recipe to push through');
  return runRecipe({ ...watched, bridge: definition.bridge, ground, orgs, progress });
}

/** Streams the workload, if any, and then stays until it is told to stop. */
async function serve(run: Run, progress: Progress): Promise<never> {
  if (run.watched !== undefined) {
    const { recordsIn, recordsPublished, findings } = await pushRecipe(run, progress);
    const ill = findings.lost.length + findings.wrong.length;
    progress.say(`Sample load done: ${recordsIn} records sent, ${recordsPublished} published, ${ill} not as expected`);
  }
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

type EnteredOrg = Run['org'];

async function enterOrgs(ground: Ground, { bridge }: LoadedDefinition): Promise<Readonly<Record<string, EnteredOrg>>> {
  const entered = bridge.orgs.map(async ({ name, auth, apiVersion }): Promise<[string, EnteredOrg]> => {
    const access = ground.orgs[name] ?? ground.org;
    const flow = access.controlUrl === undefined ? auth : 'clientCredentials';
    // A wrong credential is said here, once, before anything else is started.
    const tokens = createTokenProvider({ now: () => performance.now(), login: () => login(flow, access.hands) });
    const rest = createRestClient({ tokens, apiVersion, clientName: 'sample-data' });
    await tokens.current();
    return [
      name,
      {
        rest,
        hands: { ...createOrgHands(rest), listen: (channel) => listenToChannel({ tokens, apiVersion }, channel) },
      },
    ];
  });
  return Object.fromEntries(await Promise.all(entered));
}

function firstOf(orgs: Readonly<Record<string, EnteredOrg>>): EnteredOrg {
  const [first] = Object.values(orgs);
  if (first === undefined) throw new BridgeError('SKB_BUG', 'A bridge without orgs was started');
  return first;
}

function countFrom({ orgs }: Ground, { rest, hands }: EnteredOrg): Promise<OrgCounter> {
  const controlUrls = Object.values(orgs).flatMap(({ controlUrl }) => controlUrl ?? []);
  return controlUrls.length === 0 ? countByLimits(rest, hands) : countEmulated(controlUrls);
}

/** A recipe makes rows of its own, so it stays away from an org that others use. */
function refuseForeignOrg(recipe: Recipe | undefined, { sample }: DevOptions, { salesforce }: OwnThings): void {
  if (recipe === undefined || salesforce === undefined || sample || isOnThisMachine(salesforce.baseUri)) return;
  throw new BridgeError(
    'SKB_CONFIG_INVALID',
    `This recipe would write its sample rows into ${salesforce.baseUri}; pass --sample to allow it`,
  );
}
