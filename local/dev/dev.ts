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
import { type Catalogue, type PriceRecord, sampleCatalogue, samplePriceUpdates } from '../sample/price-updates.ts';
import { readPriceFile } from '../sample/read-price-file.ts';
import { auditLoad } from './audit.ts';
import { type LoadTrace, priceTopic, runBoundedLoad } from './bounded-load.ts';
import { countEmulated } from './emulated-org-counts.ts';
import { type Flows, startFlows } from './flows.ts';
import { type Ground, startGround } from './ground.ts';
import { type LoadedDefinition, loadDefinition } from './load-definition.ts';
import { countByLimits, type OrgCounter } from './org-counts.ts';
import { createOrgHands, type OrgHands } from './org-hands.ts';
import { prepareOrg } from './prepare-org.ts';
import type { Progress } from './progress.ts';
import { formatTable, type RunResult } from './report.ts';
import { canChange } from './row-changes.ts';
import { type DevOptions, isOnThisMachine, type OwnThings, readOwnThings } from './settings.ts';
import { createStopList } from './stop-list.ts';

interface DevParts {
  readonly environment: Environment;
  readonly progress: Progress;
  /** Takes the result of a bounded run, one JSON line. */
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What flows through during this run. */
interface Workload {
  readonly prices: readonly PriceRecord[];
  readonly catalogue: Catalogue;
  /** In every mark of this run. */
  readonly run: string;
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
  const runFolder = path.join(cache, 'runs', `${new Date().toISOString().replaceAll(':', '-')}-${process.pid}`);
  await mkdir(runFolder, { recursive: true });

  const definition = await loadDefinition(options, runFolder);
  const own = readOwnThings(environment, definition.credentials);
  const workload = await chooseWorkload(options, definition, own, progress);
  for (const note of definition.notes) progress.say(note);

  const stops = createStopList();
  const stopEverything = () => stops.stopAll();
  signal.addEventListener('abort', stopEverything);
  try {
    const ground = await startGround({
      own,
      credentials: definition.credentials,
      environment,
      cache,
      runFolder,
      progress,
      stops,
    });
    signal.throwIfAborted();
    const org = await enterOrg(ground, definition);
    if (workload !== undefined) await prepareOrg(org.hands, workload.catalogue);
    const counter = await countFrom(ground, org);
    const flows = await startFlows({
      bridge: definition.bridge,
      definitionFile: definition.file,
      ground,
      runFolder,
      progress,
      stops,
    });
    signal.throwIfAborted();
    progress.say(`Logs        ${runFolder}`);
    const run = { definition, ground, flows, org, counter, workload, startedAt };
    if (options.once) return await once(run, parts);
    await serve(run, parts);
    return 0;
  } catch (error) {
    if (signal.aborted) return 0;
    throw error;
  } finally {
    signal.removeEventListener('abort', stopEverything);
    await stops.stopAll();
    if (signal.aborted) progress.say('Stopped.');
  }

  async function once(run: Run, { signal }: DevParts): Promise<number> {
    const result = await loadAndAudit(run, progress, signal);
    progress.say(formatTable(result));
    print(JSON.stringify(result));
    return result.lost === 0 && result.wrong === 0 ? 0 : 1;
  }
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

async function loadAndAudit(run: Run, progress: Progress, signal: AbortSignal): Promise<RunResult> {
  const { definition, ground, flows, org, counter, workload } = run;
  const prices = workload?.prices ?? [];
  const trace: LoadTrace = await runBoundedLoad({
    bridge: definition.bridge,
    ground,
    hands: org.hands,
    prices,
    run: workload?.run ?? '',
    progress,
    signal,
  });
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

/** Streams the sample load, if any, and then stays until it is told to stop. */
async function serve(run: Run, { progress, signal }: DevParts): Promise<void> {
  if (run.workload !== undefined) {
    const { bridge } = run.definition;
    const { workload, ground, org } = run;
    const { prices, run: mark } = workload;
    const trace = await runBoundedLoad({ bridge, ground, hands: org.hands, prices, run: mark, progress, signal });
    const { written, filtered, deadLettered } = trace.dispositions;
    const published = trace.sources.reduce((sum, { records }) => sum + records.length, 0);
    progress.say(
      `Sample load done: ${written} written, ${filtered} filtered, ${deadLettered} dead-lettered, ${published} published`,
    );
  }
  progress.say('Running. Press Ctrl-C to stop.');
  // The wait must keep the process alive by itself, whatever the children's pipes do.
  for (;;) await delay(60_000, undefined, { signal });
}

async function chooseWorkload(
  options: DevOptions,
  { bridge }: LoadedDefinition,
  own: OwnThings,
  progress: Progress,
): Promise<Workload | undefined> {
  const run = Date.now().toString(36);
  const hasPrices = bridge.sinks.some((sink) => sink.topic === priceTopic);
  if (options.input !== undefined) {
    if (!hasPrices) throw new BridgeError('SKB_CONFIG_INVALID', `--input needs a sink on the topic ${priceTopic}`);
    const prices = await readPriceFile(options.input, (line) => progress.say(line));
    return { prices, catalogue: { products: productsOf(prices), prices: [] }, run };
  }
  const base = own.salesforce?.baseUri;
  const mayWrite = base === undefined || isOnThisMachine(base) || options.sample;
  if (!mayWrite) {
    if (!options.once) return undefined;
    throw new BridgeError(
      'SKB_CONFIG_INVALID',
      `--once would write the sample's products and prices into ${base}; pass --input FILE with your own updates, or --sample to allow it`,
    );
  }
  const unknown = bridge.sources.map((source) => source.capture.object).filter((object) => !canChange(object));
  if (unknown.length > 0 || (bridge.sinks.length > 0 && !hasPrices)) {
    if (!options.once) return undefined;
    throw new BridgeError(
      'SKB_CONFIG_INVALID',
      `--once has no sample load for this bridge (${[...unknown, ...bridge.sinks.map((sink) => sink.topic)].join(', ')})`,
    );
  }
  // A connector file only reads from Salesforce, so there is no price load and nothing to prepare for it.
  if (!hasPrices) return { prices: [], catalogue: { products: [], prices: [] }, run };
  return { prices: samplePriceUpdates(run), catalogue: sampleCatalogue(), run };
}

function productsOf(prices: readonly PriceRecord[]): string[] {
  const products = prices.map(({ key }) => key).filter((key) => !key.startsWith('line-'));
  return [...new Set(products)];
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
