import type { AdjustableClock } from './clock.ts';
import { BayeuxService } from './events/bayeux-service.ts';
import { streamingChannelRule } from './events/generic-channels.ts';
import { EventPublisher } from './events/publisher.ts';
import { pushTopicRule } from './events/push-topics.ts';
import { Counters } from './faults/counters.ts';
import { FaultPlan } from './faults/fault-plan.ts';
import { Journal } from './faults/journal.ts';
import { BulkJobs } from './jobs/bulk-jobs.ts';
import { LatencyModel } from './latency.ts';
import { compileFlows } from './metadata/flows.ts';
import { schemaOf } from './metadata/seed-schema.ts';
import { compileRules } from './metadata/validation-rules.ts';
import { type Directory, findUser } from './protocol/oauth/directory.ts';
import { RefreshTokens } from './protocol/oauth/refresh-tokens.ts';
import { Sessions } from './protocol/oauth/sessions.ts';
import { SigningKey } from './protocol/oauth/signing-key.ts';
import { dispatch } from './protocol/rest/dispatch.ts';
import { QueryLocators } from './protocol/rest/query-locators.ts';
import { createRandom, type Random } from './random.ts';
import { type Seed, SeedError } from './seed.ts';
import { seedOrganization, seedRecordTypes, seedRows, seedUsers } from './seed-rows.ts';
import type { OrgServices } from './services.ts';
import type { OrgSettings } from './settings.ts';
import { Database } from './store/database.ts';
import { priceBookEntryRule } from './store/price-book-rules.ts';
import { statusRules } from './store/status-rules.ts';

/** Wires one org together: the store with the seed's rows, the sessions, the streaming service and the faults. */
export function buildServices(
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
    hourlyPublishedEvents: settings.hourlyPublishedEvents,
    rules: {
      ...statusRules,
      PricebookEntry: priceBookEntryRule,
      PushTopic: pushTopicRule(() => database, settings),
      StreamingChannel: streamingChannelRule,
    },
  });
  const orgId = seedOrganization(database);
  seedRecordTypes(database);
  const users = seedUsers(database, seed);
  database.validationRules = compileRules(seed.validationRules);
  database.duplicateRules = seed.duplicateRules;
  database.flows = compileFlows(seed.flows);
  seedRows(database, seed, users[0]?.id ?? '');
  const directory: Directory = { apps: seed.apps, users };
  const signingKey = new SigningKey();
  const counters = new Counters(clock);
  // Faults draw from a stream of their own, so that they do not depend on how many tokens or events came before.
  const faults = new FaultPlan(createRandom(settings.randomSeed + 1));
  const latency = new LatencyModel({ setting: settings.latency, clock, random: createRandom(settings.randomSeed + 2) });
  const publisher = new EventPublisher({ database, clock, random, settings });
  const wrongFilters = publisher.channels.filters.problems(schema.channels);
  if (wrongFilters.length > 0) throw new SeedError(wrongFilters);
  database.onCommit((changes, context) => {
    if (context.appName !== '') counters.countRows(changes, context.appName);
    latency.committed(changes);
    publisher.publishCommit(changes, context);
  });
  const isAlive = (token: string): boolean => services.sessions.find(token, false) !== undefined;
  const services: OrgServices = {
    settings,
    clock,
    orgId,
    directory,
    sessions: new Sessions({
      clock,
      random,
      orgId,
      timeoutMs: settings.sessionTimeoutMs,
      hourlyLogins: settings.hourlyLogins,
      signingKey,
      instanceUrl,
    }),
    refreshTokens: seededRefreshTokens(seed, directory, random),
    signingKey,
    database,
    locators: new QueryLocators(clock, random),
    jobs: new BulkJobs({ database, clock, random: createRandom(settings.randomSeed + 3), settings, latency }),
    publisher,
    bayeux: new BayeuxService({ clock, random, settings, publisher, counters, faults, isAlive }),
    counters,
    journal: new Journal(),
    faults,
    latency,
    dispatch: (call) => dispatch(call, services),
    instanceUrl,
  };
  return services;
}

/** The refresh tokens of the seed; one of an unknown app or user refuses the seed. */
function seededRefreshTokens(seed: Seed, { apps, users }: Directory, random: Random): RefreshTokens {
  const tokens = new RefreshTokens(random);
  const problems: string[] = [];
  for (const [index, { token, app: appName, username }] of seed.refreshTokens.entries()) {
    const app = appName === undefined ? apps[0] : apps.find((candidate) => candidate.name === appName);
    const user = findUser(users, username ?? app?.runAs ?? users[0]?.username);
    if (app === undefined || user === undefined) problems.push(`refreshTokens.${index}: unknown app or user`);
    else tokens.issue(user, app, token);
  }
  if (problems.length > 0) throw new SeedError(problems);
  return tokens;
}
