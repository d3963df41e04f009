import * as z from 'zod/mini';
import { BridgeError } from '../errors/bridge-error.ts';
import type { Transform } from '../transform/step.ts';

// zod/mini, because every function imports this file: 12 kB in a bundle instead of 443.
// Rules are written as sentences that finish "<path>: …", so that a problem reads without knowing the schema.

const flowName = z
  .string()
  .check(
    z.regex(/^[a-zA-Z][a-zA-Z0-9-]{0,39}$/, 'must start with a letter and have at most 40 letters, digits or hyphens'),
  );

// The broker's own rule: https://kafka.apache.org/documentation/#topicconfigs (Topic.LEGAL_CHARS, MAX_NAME_LENGTH)
const topicName = z.string('must be the name of a Kafka topic').check(
  z.regex(/^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/, {
    error: (issue) =>
      String(issue.input).includes('${')
        ? 'must be a literal topic name; templates such as ${_ObjectType} are not supported yet'
        : 'must be 1 to 249 letters, digits, dots, underscores or hyphens',
  }),
);

const apiName = (what: string) =>
  z
    .string(`must be the API name of ${what}`)
    .check(z.regex(/^[A-Za-z][A-Za-z0-9_]{0,79}$/, `must be the API name of ${what}, such as Product2 or Price__c`));

const org = z.strictObject({
  /** How the bridge logs in. `password` is Salesforce's legacy flow and only for orgs that still allow it. */
  auth: z._default(
    z.enum(['clientCredentials', 'password'], "must be 'clientCredentials' or 'password'"),
    'clientCredentials',
  ),
  /** REST and streaming API version; collections upsert exists since 46.0. */
  apiVersion: z._default(
    z.string().check(z.regex(/^(4[6-9]|[5-9]\d)\.0$/, "must be a version from '46.0' on, written like '66.0'")),
    '66.0',
  ),
});

const capture = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('changeDataCapture'), object: apiName('an object') }),
    z.strictObject({
      kind: z.literal('pushTopic'),
      object: apiName('an object'),
      name: z
        .string('must be the name of a PushTopic')
        .check(z.minLength(1, 'must not be empty'), z.maxLength(25, 'must have at most 25 characters')),
      create: z._default(z.boolean('must be true or false'), false),
    }),
  ],
  'must be changeDataCapture(…) or pushTopic(…)',
);

const source = z.strictObject({
  org: z.optional(z.string('must name one of orgs')),
  capture,
  topic: topicName,
  /** Where a channel starts that the bridge never read before. */
  initialStart: z._default(z.enum(['latest', 'earliest'], "must be 'latest' or 'earliest'"), 'latest'),
  /** What happens when the stored replay ID is outside retention. Never silent: each is logged and counted. */
  onReplayLost: z._default(
    z.enum(['earliest', 'latest', 'halt'], "must be 'earliest', 'latest' or 'halt'"),
    'earliest',
  ),
});

const transform = z.custom<Transform>(
  (value) => typeof value === 'object' && value !== null && Array.isArray((value as { steps?: unknown }).steps),
  'must be pipe(…) of transform steps',
);

const sink = z.strictObject({
  org: z.optional(z.string('must name one of orgs')),
  topic: topicName,
  write: z.strictObject(
    {
      operation: z.literal('upsert', 'must be upsert'),
      object: apiName('an object'),
      externalId: apiName('an external ID field'),
    },
    'must be upsert(…)',
  ),
  transform,
  /** @default '<topic>.dead-letter' */
  deadLetterTopic: z.optional(topicName),
  /** @default '<bridge name>.<sink name>' */
  consumerGroup: z.optional(
    z
      .string()
      .check(z.regex(/^[a-zA-Z0-9._-]{1,200}$/, 'must be 1 to 200 letters, digits, dots, underscores or hyphens')),
  ),
  batch: z._default(
    z.strictObject({
      /** Records per invocation at most. */
      size: z._default(
        z.int('must be a whole number').check(z.gte(1, 'must be at least 1'), z.lte(10_000, 'must be at most 10000')),
        1000,
      ),
      /** How long an invocation waits for more records. */
      windowSeconds: z._default(
        z.int('must be a whole number').check(z.gte(0, 'must be at least 0'), z.lte(300, 'must be at most 300')),
        1,
      ),
    }),
    { size: 1000, windowSeconds: 1 },
  ),
  /** The Lambda function that runs the sink. */
  function: z._default(
    z.strictObject({
      // Lambda takes functions of less than 14 minutes for Kafka:
      // https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
      timeoutSeconds: z._default(
        z.int('must be a whole number').check(z.gte(10, 'must be at least 10'), z.lte(839, 'must be at most 839')),
        120,
      ),
      memoryMb: z._default(
        z
          .int('must be a whole number')
          .check(z.gte(256, 'must be at least 256'), z.lte(10_240, 'must be at most 10240')),
        512,
      ),
    }),
    { timeoutSeconds: 120, memoryMb: 512 },
  ),
});

const bridgeSchema = z.strictObject(
  {
    /** Names everything that is deployed, and the consumer groups. */
    name: z
      .string('must be a name')
      .check(z.regex(/^[a-z][a-z0-9-]{0,29}$/, 'must start with a letter and have at most 30 a-z, 0-9 or hyphens')),
    orgs: z.record(flowName, org),
    sources: z._default(z.record(flowName, source), {}),
    sinks: z._default(z.record(flowName, sink), {}),
  },
  'must be the result of defineBridge({ … })',
);

/** What a user writes. */
export type BridgeDefinition = z.input<typeof bridgeSchema>;
export type Capture = z.output<typeof capture>;
export type CaptureInput = z.input<typeof capture>;
export type UpsertWrite = z.output<typeof sink>['write'];
export type Org = z.output<typeof org> & { readonly name: string };
export type Source = Omit<z.output<typeof source>, 'org'> & { readonly name: string; readonly org: string };
export type Sink = Omit<z.output<typeof sink>, 'org' | 'deadLetterTopic' | 'consumerGroup'> & {
  readonly name: string;
  readonly org: string;
  readonly deadLetterTopic: string;
  readonly consumerGroup: string;
};

/** A checked definition with every default filled in. */
export interface Bridge {
  readonly name: string;
  readonly orgs: readonly Org[];
  readonly sources: readonly Source[];
  readonly sinks: readonly Sink[];
}

/** One broken rule: where in the definition, and what it should be. */
export interface Problem {
  readonly path: string;
  readonly rule: string;
}

/** Types a definition while it is written. It is checked by {@link parseBridge}, when a program starts or a stack is made. */
export function defineBridge(definition: BridgeDefinition): BridgeDefinition {
  return definition;
}

/**
 * Checks a definition and fills in the defaults, before any client is built.
 *
 * @throws BridgeError SKB_CONFIG_INVALID naming every problem with its path.
 */
export function parseBridge(definition: unknown): Bridge {
  const parsed = bridgeSchema.safeParse(definition, { reportInput: true });
  if (!parsed.success) throw invalid(parsed.error.issues.flatMap(toProblems));
  const bridge = withDefaults(parsed.data);
  const problems = crossCheck(bridge);
  if (problems.length > 0) throw invalid(problems);
  return bridge;
}

function withDefaults(data: z.output<typeof bridgeSchema>): Bridge {
  const orgs = Object.entries(data.orgs).map(([name, value]) => ({ name, ...value }));
  // With one org nobody has to repeat its name; with several, an unnamed one is a problem that crossCheck reports.
  const defaultOrg = orgs.length === 1 ? (orgs[0]?.name ?? '') : '';
  return {
    name: data.name,
    orgs,
    sources: Object.entries(data.sources).map(([name, value]) => ({ name, ...value, org: value.org ?? defaultOrg })),
    sinks: Object.entries(data.sinks).map(([name, value]) => ({
      name,
      ...value,
      org: value.org ?? defaultOrg,
      deadLetterTopic: value.deadLetterTopic ?? `${value.topic}.dead-letter`,
      consumerGroup: value.consumerGroup ?? `${data.name}.${name}`,
    })),
  };
}

function crossCheck(bridge: Bridge): Problem[] {
  const problems: Problem[] = [];
  const orgNames = new Set(bridge.orgs.map((each) => each.name));
  if (orgNames.size === 0) problems.push({ path: 'orgs', rule: 'must name at least one org' });
  if (bridge.sources.length + bridge.sinks.length === 0) {
    problems.push({ path: 'sources', rule: 'a bridge needs at least one source or sink' });
  }
  const flows = [
    ...bridge.sources.map((each) => ({ path: `sources.${each.name}`, org: each.org })),
    ...bridge.sinks.map((each) => ({ path: `sinks.${each.name}`, org: each.org })),
  ];
  for (const flow of flows) {
    if (orgNames.size > 0 && !orgNames.has(flow.org)) {
      const known = [...orgNames].join(', ');
      problems.push({ path: `${flow.path}.org`, rule: `must name one of orgs (${known})` });
    }
  }
  for (const each of bridge.sinks) {
    if (each.deadLetterTopic === each.topic) {
      problems.push({ path: `sinks.${each.name}.deadLetterTopic`, rule: 'must differ from the topic it reads' });
    }
  }
  problems.push(...repeated(bridge.sinks, (each) => each.consumerGroup, 'consumerGroup', 'sinks'));
  problems.push(
    ...repeated(
      bridge.sources,
      (each) => `${each.org} ${JSON.stringify(each.capture)} ${each.topic}`,
      'capture',
      'sources',
    ),
  );
  return problems;
}

function repeated<Flow extends { readonly name: string }>(
  flows: readonly Flow[],
  identity: (flow: Flow) => string,
  field: string,
  section: string,
): Problem[] {
  const first = new Map<string, string>();
  const problems: Problem[] = [];
  for (const flow of flows) {
    const other = first.get(identity(flow));
    if (other === undefined) first.set(identity(flow), flow.name);
    else problems.push({ path: `${section}.${flow.name}.${field}`, rule: `is already used by ${section}.${other}` });
  }
  return problems;
}

function toProblems(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: path === '' ? key : `${path}.${key}`, rule: 'is not a known setting' }));
  }
  if (issue.code === 'invalid_key') {
    return [{ path, rule: issue.issues[0]?.message ?? issue.message }];
  }
  const missing = issue.input === undefined && issue.code === 'invalid_type' ? ' (it is missing)' : '';
  return [{ path: path === '' ? 'bridge' : path, rule: `${issue.message}${missing}` }];
}

function invalid(problems: readonly Problem[]): BridgeError {
  const lines = problems.map((problem) => `  ${problem.path}: ${problem.rule}`);
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new BridgeError('SKB_CONFIG_INVALID', `The bridge definition has ${count}:\n${lines.join('\n')}`, {
    context: { problems: problems.map((problem) => `${problem.path}: ${problem.rule}`) },
  });
}
