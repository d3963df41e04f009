import type { FastifyInstance } from 'fastify';
import { type AdjustableClock, createClock } from './clock.ts';
import { defaultSeed } from './default-seed.ts';
import { BayeuxService } from './events/bayeux-service.ts';
import { EventPublisher } from './events/publisher.ts';
import { pushTopicRule } from './events/push-topics.ts';
import { createControl, type OrgControl } from './faults/control.ts';
import { createControlServer } from './faults/control-server.ts';
import { Counters } from './faults/counters.ts';
import { FaultPlan } from './faults/fault-plan.ts';
import { Journal } from './faults/journal.ts';
import { LatencyModel } from './latency.ts';
import { createOrgServer } from './protocol/http-server.ts';
import { type OrgApp, type OrgUser, Sessions } from './protocol/oauth/sessions.ts';
import { dispatch } from './protocol/rest/dispatch.ts';
import { QueryLocators } from './protocol/rest/query-locators.ts';
import { createRandom } from './random.ts';
import { customField, mergeSeeds, parseSeed, type Seed, SeedError, type SeedInput } from './seed.ts';
import { seedOrganization, seedRows, seedUsers } from './seed-rows.ts';
import type { OrgServices } from './services.ts';
import { defaultSettings, type OrgSettings } from './settings.ts';
import { Database } from './store/database.ts';
import { priceBookEntryRule } from './store/price-book-rules.ts';
import { createSchema, type Schema, standardObjects } from './store/schema.ts';

export interface OrgOptions {
  /** @default 0, a free one */
  readonly port?: number;
  /** @default 0, a free one */
  readonly controlPort?: number;
  /** Added to the default seed. */
  readonly seed?: SeedInput;
  /** Differences from `defaultSettings`. */
  readonly settings?: Partial<OrgSettings>;
  /** @default a clock that runs with the system's and can be pushed forward */
  readonly clock?: AdjustableClock;
}

export interface OrgCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly username: string;
  readonly password: string;
  readonly securityToken: string;
}

export interface StartedOrg {
  /** `http://127.0.0.1:<port>`: login host and instance URL in one. */
  readonly instanceUrl: string;
  readonly controlUrl: string;
  /** Of the seed's first app and user. */
  readonly credentials: OrgCredentials;
  /** What the control API does, without HTTP. */
  readonly control: OrgControl;
  readonly clock: AdjustableClock;
  /** Ends at once, held connects included. */
  close(): Promise<void>;
}

/** Starts an org with its control API on loopback ports. Everything it knows is in memory and gone after `close`. */
export async function startOrg(options: OrgOptions = {}): Promise<StartedOrg> {
  const seed = mergeSeeds(defaultSeed, parseSeed(options.seed ?? {}));
  const settings = settingsOf(seed.settings, options.settings);
  const clock = options.clock ?? createClock();
  let instanceUrl = '';
  const services = buildServices(settings, seed, clock, () => instanceUrl);
  const control = createControl(services, clock);
  const server = createOrgServer(services);
  const controlServer = createControlServer(control);
  const close = async (): Promise<void> => {
    clock.dispose();
    await Promise.all([server.close(), controlServer.close()]);
  };
  try {
    instanceUrl = await listen(server, options.port ?? 0);
    const controlUrl = await listen(controlServer, options.controlPort ?? 0);
    return { instanceUrl, controlUrl, credentials: credentialsOf(seed), control, clock, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function buildServices(
  settings: OrgSettings,
  seed: Seed,
  clock: AdjustableClock,
  instanceUrl: () => string,
): OrgServices {
  const random = createRandom(settings.randomSeed);
  const schema = schemaOf(seed);
  const database: Database = new Database({
    schema,
    clock,
    rules: { PricebookEntry: priceBookEntryRule, PushTopic: pushTopicRule(() => database) },
  });
  const orgId = seedOrganization(database);
  const users = seedUsers(database, seed);
  seedRows(database, seed, users[0]?.id ?? '');
  const counters = new Counters(clock);
  // Faults draw from a stream of their own, so that they do not depend on how many tokens or events came before.
  const faults = new FaultPlan(createRandom(settings.randomSeed + 1));
  const latency = new LatencyModel({ setting: settings.latency, clock, random: createRandom(settings.randomSeed + 2) });
  const publisher = new EventPublisher({ database, clock, random, settings });
  database.onCommit((changes, context) => {
    if (context.appName !== '') counters.countRows(changes, context.appName);
    latency.committed(changes);
    publisher.publishCommit(changes, context);
  });
  const services: OrgServices = {
    settings,
    clock,
    orgId,
    directory: { apps: seed.apps satisfies readonly OrgApp[], users: users satisfies readonly OrgUser[] },
    sessions: new Sessions({ clock, random, orgId, timeoutMs: settings.sessionTimeoutMs }),
    database,
    locators: new QueryLocators(clock, random),
    publisher,
    bayeux: new BayeuxService({ clock, random, settings, publisher, counters, faults }),
    counters,
    journal: new Journal(),
    faults,
    latency,
    dispatch: (call) => dispatch(call, services),
    instanceUrl,
  };
  return services;
}

/** Later sources win; what is undefined in them does not. */
function settingsOf(...sources: readonly (Readonly<Record<string, unknown>> | undefined)[]): OrgSettings {
  const given = sources.flatMap((source) => Object.entries(source ?? {}).filter(([, value]) => value !== undefined));
  return { ...defaultSettings, ...(Object.fromEntries(given) as Partial<OrgSettings>) };
}

function schemaOf(seed: Seed): Schema {
  const known = new Set(standardObjects.map((object) => object.name));
  const problems = Object.keys(seed.customFields)
    .filter((name) => !known.has(name))
    .map((name) => `customFields.${name}: there is no object ${name}`);
  if (problems.length > 0) throw new SeedError(problems);
  const fields = Object.entries(seed.customFields).map(([name, list]) => [name, list.map(customField)] as const);
  return createSchema(standardObjects, Object.fromEntries(fields));
}

function credentialsOf(seed: Seed): OrgCredentials {
  const [app] = seed.apps;
  const user = seed.users.find((candidate) => candidate.username === app?.runAs) ?? seed.users[0];
  if (app === undefined || user === undefined) throw new SeedError(['apps, users: at least one of each is needed']);
  const { clientId, clientSecret } = app;
  const { username, password, securityToken } = user;
  return { clientId, clientSecret, username, password, securityToken };
}

async function listen(server: FastifyInstance, port: number): Promise<string> {
  return await server.listen({ host: '127.0.0.1', port });
}
