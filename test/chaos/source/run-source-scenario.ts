import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createStateTable, putSecret } from '../../../local/aws/resources.ts';
import { startOrgProcess } from '../../../local/dev/org-process.ts';
import { createStopList } from '../../../local/dev/stop-list.ts';
import { createControlClient } from '../../../local/org/control-client.ts';
import { seededRandom } from '../../../local/sample/random.ts';
import type { ChaosGround } from '../ground/chaos-ground.ts';
import { makeTopics } from '../ground/make-topics.ts';
import { chaosKafka, readWholeTopic } from '../ground/read-whole-topic.ts';
import { createSharedClocks } from '../ground/shared-clocks.ts';
import { createDriftingField } from './drifting-field.ts';
import { judgeRecords, type Verdict } from './judge-records.ts';
import { createChangeLoad } from './marked-changes.ts';
import { createPollerFleet } from './poller-fleet.ts';
import { advanceClocks, runSourceSteps } from './run-source-steps.ts';
import type { SourceScenario } from './source-scenario.ts';

/** What is printed for a scenario of the source side. */
export interface SourceResult {
  readonly scenario: string;
  readonly sent: number;
  readonly published: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** How many troubles were made. */
  readonly faults: number;
  readonly seconds: number;
}

export interface SourceRun {
  readonly result: SourceResult;
  /** What broke the promise; empty when it was kept. */
  readonly problems: readonly string[];
}

const partitions = 4;
const object = 'Account';
const changeEveryMs = 200;
/** The poller's default of `commitEvents`. */
const commitEvents = 1_000;
const readLimitMs = 120_000;

/** Two channels of the same object: whatever happens, each topic must tell every change of it. */
const captures = {
  events: { kind: 'changeDataCapture', object },
  topic: { kind: 'pushTopic', object, name: 'ChaosAccounts', create: true },
} as const;

export async function runSourceScenario(
  scenario: SourceScenario,
  ground: ChaosGround,
  seed: number,
): Promise<SourceRun> {
  const startedAt = performance.now();
  const random = seededRandom(seed);
  const { delivery = 'exactlyOnce' } = scenario;
  const limit = AbortSignal.timeout((scenario.limitSeconds ?? 180) * 1000);
  const folder = path.join(ground.runFolder, `source-${scenario.name}`);
  await mkdir(folder, { recursive: true });
  const stops = createStopList();
  const problems: string[] = [];
  try {
    const clocks = await createSharedClocks(path.join(folder, 'clocks-ahead'));
    const orgs = await Promise.all(
      Array.from({ length: scenario.orgs ?? 1 }, async (_, index) => {
        const name = `org${index + 1}`;
        const orgFolder = path.join(folder, name);
        await mkdir(orgFolder, { recursive: true });
        const settings = {
          randomSeed: seed,
          streamingClients: 2_000,
          mergeChangeEvents: true,
          ...scenario.orgSettings,
        };
        const org = await startOrgProcess({ runFolder: orgFolder, seed: { settings } });
        await stops.add('org', () => org.stop());
        const control = createControlClient(org.access.controlUrl ?? '');
        const { tooLargeEvery, mostRows } = scenario;
        const load = createChangeLoad({ control, object, name, random, now: clocks.now, tooLargeEvery, mostRows });
        for (let round = 0; round < (scenario.roundsBefore ?? 0); round += 1) await load.change();
        load.takeAsExisting();
        return { name, access: org.access, control, load };
      }),
    );

    // What was there before is older than what a channel that was just opened may bring once more.
    if (scenario.roundsBefore !== undefined) await advanceClocks(clocks, orgs, 1);

    const flows = orgs.flatMap((org) =>
      Object.entries(captures).map(([capture, settings]) => ({
        org,
        source: `${org.name}-${capture}`,
        topic: `chaos.${scenario.name}.${org.name}.${capture}`,
        settings,
      })),
    );
    const definition = {
      name: `chaos-${scenario.name}`.slice(0, 30).replace(/-$/, ''),
      orgs: Object.fromEntries(orgs.map(({ name }) => [name, {}])),
      sources: Object.fromEntries(
        flows.map(({ org, source, topic, settings }) => [
          source,
          { org: org.name, capture: settings, topic, delivery, ...scenario.source },
        ]),
      ),
      poller: { leaseSeconds: scenario.leaseSeconds ?? 3, ...scenario.poller },
    };
    const table = `chaos-source-${scenario.name}`;
    const [secrets] = await Promise.all([
      Promise.all(
        orgs.map(async ({ name, access }) => [name, await putSecret(ground.aws, `${table}/${name}`, access.bridge)]),
      ),
      createStateTable(ground.aws, table),
      makeTopics(
        ground.brokers,
        flows.flatMap(({ topic }) => [
          { topic, partitions },
          { topic: `${topic}.dead-letter`, partitions: 1 },
        ]),
      ),
    ]);
    const kafka = chaosKafka(ground.brokers);
    const readers = await Promise.all(flows.map(({ topic }) => readWholeTopic(kafka, topic, partitions)));
    for (const reader of readers) await stops.add('eventSources', () => reader.stop());

    const failpoints = path.join(folder, 'failpoints');
    await mkdir(failpoints);
    const fleet = createPollerFleet({
      tasks: scenario.pollers ?? 1,
      bundle: ground.pollerBundle,
      folder,
      envOfTask: (task) => ({ CHAOS_CLOCK_SKEW_MS: String(scenario.clockSkewMs?.[task] ?? 0) }),
      env: {
        ...ground.aws.credentialsEnv,
        STATE_TABLE_NAME: table,
        METRICS_DEPLOYMENT: 'chaos',
        SALESFORCE_SECRETS: JSON.stringify(Object.fromEntries(secrets)),
        KAFKA_BROKERS: ground.brokers.join(','),
        CHAOS_DEFINITION: JSON.stringify(definition),
        CHAOS_FAILPOINTS: failpoints,
        CHAOS_CLOCK_AHEAD_FILE: clocks.file,
        CHAOS_CLOCK_SPEED: String(scenario.clockSpeed ?? 1),
      },
    });
    await stops.add('poller', () => fleet.stop());
    await fleet.start();
    await until(
      () => {
        if (fleet.unexpectedEnds() > 3) throw new Error(`The poller does not start, see ${folder}/poller-0.log`);
        return fleet.subscribed.size === flows.length;
      },
      limit,
      'every channel is subscribed',
    );

    const judge = (): Verdict[] =>
      flows.map(({ org, settings }, index) =>
        judgeRecords(org.load.marks, readers[index]?.records() ?? [], settings.kind),
      );
    const driftingField = createDriftingField({
      object,
      orgs,
      fleet,
      shownAs: () => judge().map((verdict) => verdict.driftingAs),
      aws: ground.aws,
      tableName: table,
    });
    const loading = { paused: scenario.loadWaits ?? false, ended: false };
    const load = keepChanging(
      orgs.map((org) => org.load),
      loading,
    );
    load.catch(() => undefined);
    const faults = await Promise.race([
      runSourceSteps(scenario.steps, {
        orgs,
        clocks,
        fleet,
        driftingField,
        ground,
        loading,
        random,
        limit,
        failpoints,
        problem: (text) => problems.push(text),
      }),
      load.then(() => 0),
    ]);
    await until(
      () => orgs.every((org) => org.load.marks.size >= (scenario.changes ?? 300)),
      limit,
      'all changes are made',
    );
    loading.ended = true;
    await load;

    await waitUntilPublished(judge, (scenario.stallSeconds ?? 60) * 1000, limit);
    await fleet.stop();
    await Promise.all(readers.map((reader) => reader.readToEnd(readLimitMs)));

    const verdicts = judge();
    if (fleet.unexpectedEnds() > 0) problems.push(`a poller ended by itself ${fleet.unexpectedEnds()} times`);
    const sum = (read: (verdict: Verdict) => number) => verdicts.reduce((total, verdict) => total + read(verdict), 0);
    const result: SourceResult = {
      scenario: scenario.name,
      sent: sum((verdict) => verdict.sent),
      published: sum((verdict) => verdict.published),
      lost: sum((verdict) => verdict.lost.length),
      duplicated: sum((verdict) => verdict.duplicated),
      reordered: sum((verdict) => verdict.reordered),
      faults,
      seconds: Math.round((performance.now() - startedAt) / 1000),
    };
    problems.push(...judgeNamed(verdicts, scenario.named), ...(await driftingField.problems()));
    const wrongValues = sum((verdict) => verdict.wrongValues);
    if (wrongValues > 0) problems.push(`${wrongValues} records show a value that their change did not give`);
    const unknown = sum((verdict) => verdict.unknown);
    if (result.lost > 0) problems.push(`${result.lost} changes are lost, such as ${examples(verdicts)}`);
    if (result.reordered > 0) problems.push(`${result.reordered} records are older than one before them`);
    // At least once: each crash may repeat what was published since the last commit, which is due after so many events.
    const mayRepeat = delivery === 'exactlyOnce' ? 0 : faults * flows.length * commitEvents;
    if (result.duplicated > mayRepeat) problems.push(`${result.duplicated} records are repeated, ${mayRepeat} may be`);
    if (unknown > 0) problems.push(`${unknown} records tell of no change that was made`);
    return { result, problems };
  } finally {
    await stops.stopAll();
  }
}

interface Loading {
  paused: boolean;
  ended: boolean;
}

async function keepChanging(loads: readonly { change(): Promise<void> }[], loading: Loading): Promise<void> {
  while (!loading.ended) {
    if (!loading.paused) for (const load of loads) await load.change();
    await delay(changeEveryMs);
  }
}

async function waitUntilPublished(judge: () => readonly Verdict[], stallMs: number, limit: AbortSignal): Promise<void> {
  let published = -1;
  let movedAt = performance.now();
  while (!limit.aborted && performance.now() - movedAt < stallMs) {
    const verdicts = judge();
    if (verdicts.every(({ lost }) => lost.length === 0)) return;
    const now = verdicts.reduce((total, verdict) => total + verdict.published, 0);
    if (now !== published) movedAt = performance.now();
    published = now;
    await delay(250);
  }
}

async function until(isTrue: () => boolean, limit: AbortSignal, what: string): Promise<void> {
  while (!isTrue()) {
    if (limit.aborted) throw new Error(`The time was up before ${what}`);
    await delay(50);
  }
}

/** Whether what gap records name is what is missing, in each topic. */
function judgeNamed(verdicts: readonly Verdict[], wanted: SourceScenario['named']): string[] {
  return verdicts.flatMap(({ gaps, named, namedWrongly }) => {
    const problems: string[] = [];
    if (wanted === 'none' && gaps.length > 0) problems.push(`${gaps.length} gap records tell of a hole where none is`);
    if (wanted === 'some' && (named.length === 0 || gaps.length === 0)) {
      problems.push(`${gaps.length} gap records name ${named.length} changes`);
    }
    if (namedWrongly.length > 0) {
      problems.push(`gap records are too wide by ${namedWrongly.length} changes, such as ${namedWrongly[0]}`);
    }
    return problems;
  });
}

function examples(verdicts: readonly Verdict[]): string {
  return verdicts
    .flatMap(({ lost }) => lost)
    .slice(0, 3)
    .join(', ');
}
