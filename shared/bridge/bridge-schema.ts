import * as z from 'zod/mini';
import type { Transform } from '../transform/step.ts';
import { placeholders, unknownPlaceholders, withoutPlaceholders } from './topic-template.ts';

// zod/mini, because every function imports this file: 12 kB in a bundle instead of 443.
// Rules are written as sentences that finish "<path>: …", so that a problem reads without knowing the schema.

const flowName = z
  .string()
  .check(
    z.regex(/^[a-zA-Z][a-zA-Z0-9-]{0,39}$/, 'must start with a letter and have at most 40 letters, digits or hyphens'),
  );

// The broker's own rule: https://kafka.apache.org/documentation/#topicconfigs (Topic.LEGAL_CHARS, MAX_NAME_LENGTH)
const legalTopic = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;

const topicName = z.string('must be the name of a Kafka topic').check(
  z.regex(legalTopic, {
    error: (issue) =>
      String(issue.input).includes('${')
        ? 'must be a literal topic name; templates such as ${_ObjectType} are for the topic of a source'
        : String(issue.input).includes('*')
          ? 'must be a literal topic name; patterns stand in topics'
          : 'must be 1 to 249 letters, digits, dots, underscores or hyphens',
  }),
);

/** A topic of a source: literal, or with placeholders that are known before any event is, since grants name topics. */
const topicTemplate = z.string('must be the name of a Kafka topic').check(
  z.refine((text) => unknownPlaceholders(text).length === 0, {
    error: (issue) =>
      `has the placeholder ${unknownPlaceholders(String(issue.input)).join(', ')}; known are ${placeholders.join(' and ')}`,
    abort: true,
  }),
  z.refine(
    (text) => legalTopic.test(withoutPlaceholders(text)),
    'must be 1 to 249 letters, digits, dots, underscores, hyphens or placeholders',
  ),
);

const apiName = (what: string) =>
  z
    .string(`must be the API name of ${what}`)
    .check(z.regex(/^[A-Za-z][A-Za-z0-9_]{0,79}$/, `must be the API name of ${what}, such as Product2 or Price__c`));

export const org = z.strictObject({
  /** How the bridge logs in; what the secret then holds stands below. `password` is Salesforce's legacy flow, which new orgs refuse. */
  auth: z._default(
    z.enum(
      ['clientCredentials', 'jwtBearer', 'refreshToken', 'password'],
      "must be 'clientCredentials', 'jwtBearer', 'refreshToken' or 'password'",
    ),
    'clientCredentials',
  ),
  /** The org's session timeout; the access token is replaced after three quarters of it. */
  tokenMinutes: z._default(
    z.int('must be a whole number').check(z.gte(5, 'must be at least 5'), z.lte(1440, 'must be at most 1440')),
    120,
  ),
  /** Version of the REST and streaming API; collections upsert exists since 46.0. */
  apiVersion: z._default(
    z.string().check(z.regex(/^(4[6-9]|[5-9]\d)\.0$/, "must be a version from '46.0' on, written like '66.0'")),
    '66.0',
  ),
  /**
   * Part of the org's daily API calls that is left to others. From twice that on calls wait, up to four seconds; at it
   * nothing is called but a look every five minutes, and the bridge goes on by itself.
   */
  dailyCallReserve: z._default(
    z.number('must be a number').check(z.gte(0, 'must be at least 0'), z.lte(0.9, 'must be at most 0.9')),
    0.1,
  ),
});

const objectNames = z
  .array(apiName('an object'), 'must be a list of API names')
  .check(z.minLength(1, 'must not be empty'));
const yesOrNo = (byDefault: boolean) => z._default(z.boolean('must be true or false'), byDefault);

export const capture = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('changeDataCapture'),
      /** Whose changes. @example `Product2` */
      object: apiName('an object'),
    }),
    z.strictObject({
      kind: z.literal('changeDataCaptureChannel'),
      /** All objects that are selected for Change Data Capture, or those of a custom channel. @example `ChangeEvents`, `Sales__chn` */
      channel: z
        .string("must be 'ChangeEvents' or a custom channel")
        .check(z.regex(/^(ChangeEvents|[A-Za-z][A-Za-z0-9_]*__chn)$/, "must be 'ChangeEvents' or end in __chn")),
      /** Events of other objects are skipped. @default every object */
      objects: z.optional(objectNames),
    }),
    z.strictObject({
      kind: z.literal('pushTopic'),
      /** Whose changes. @example `Lead` */
      object: apiName('an object'),
      /** Name of the PushTopic, at most 25 characters. */
      name: z
        .string('must be the name of a PushTopic')
        .check(z.minLength(1, 'must not be empty'), z.maxLength(25, 'must have at most 25 characters')),
      /** Makes the PushTopic, and keeps its query in step with the object's fields; else one that exists is used as it is. */
      create: yesOrNo(false),
      /** With `create`: the fields of its query. @default every field that a PushTopic can select */
      fields: z.optional(
        z.array(apiName('a field'), 'must be a list of API names').check(z.minLength(1, 'must not be empty')),
      ),
      /** With `create`: the condition of its query, without WHERE. */
      where: z.optional(z.string('must be a SOQL condition').check(z.minLength(1, 'must not be empty'))),
      /** With `create`: a change of which fields is worth an event. @default `Referenced` */
      notifyForFields: z.optional(
        z.enum(['All', 'Referenced', 'Select', 'Where'], "must be 'All', 'Referenced', 'Select' or 'Where'"),
      ),
      /** With `create`: operations that are not worth an event are false. @default all four are */
      notifyFor: z.optional(
        z.strictObject({
          /** With `create`: whether a new row is worth an event. */
          create: yesOrNo(true),
          /** With `create`: whether a changed row is. */
          update: yesOrNo(true),
          /** With `create`: whether a deleted row is. */
          delete: yesOrNo(true),
          /** With `create`: whether a row that came back is. */
          undelete: yesOrNo(true),
        }),
      ),
    }),
    z.strictObject({
      kind: z.literal('platformEvent'),
      /** A platform event, or a custom channel of some. @example `Low_Ink__e`, `Printers__chn` */
      event: z
        .string('must be the name of a platform event or channel')
        .check(
          z.regex(
            /^[A-Za-z][A-Za-z0-9_]*(__e|__chn|Event|EventStream)$/,
            'must be a platform event such as Low_Ink__e or LoginEventStream, or a custom channel that ends in __chn',
          ),
        ),
      /** The events of a custom channel; others are skipped. @default every event */
      events: z.optional(objectNames),
    }),
    z.strictObject({
      kind: z.literal('generic'),
      /** A streaming channel of the org. @example `/u/Notices` */
      channel: z
        .string('must be the name of a streaming channel')
        .check(z.regex(/^\/u\/[A-Za-z0-9_/-]{1,77}$/, 'must be a streaming channel such as /u/Notices')),
    }),
  ],
  'must be changeDataCapture(…), pushTopic(…), platformEvent(…) or genericChannel(…)',
);

export const source = z.strictObject({
  /** Where the changes come from. @default the only org */
  org: z.optional(z.string('must name one of orgs')),
  capture,
  /** Where records go: a literal, or a template with `${_ObjectType}` and `${_EventType}`. @example `salesforce.${_ObjectType}` */
  topic: topicTemplate,
  /** Writes what a template fills in in lower case. */
  lowerCaseTopic: yesOrNo(false),
  /** Where events go that no record can be made of. @default `<topic>.dead-letter`; of a template `<bridge>.<source>.dead-letter` */
  deadLetterTopic: z.optional(topicName),
  /**
   * `row`: fields by name, the same from every capture. `connect`: what a PushTopic source of Kafka Connect writes through
   * JsonConverter. `raw`: the event as Salesforce sent it.
   */
  format: z._default(z.enum(['row', 'connect', 'raw'], "must be 'row', 'connect' or 'raw'"), 'row'),
  /** Of format `connect`: whether the schema goes with key and value, `{"schema":…,"payload":…}`. @default `true` */
  envelope: z.optional(
    z.union(
      [
        z.boolean(),
        z.strictObject({
          /** Whether the schema goes with the key. */
          key: yesOrNo(true),
          /** Whether the schema goes with the value. */
          value: yesOrNo(true),
        }),
      ],
      'must be true, false or { key, value }',
    ),
  ),
  /** Field of a platform event that becomes the key; what changes a row is always keyed by its Id. @default the channel */
  key: z.optional(apiName('a field')),
  /** A record with the key and no value follows each deletion. */
  tombstoneOnDelete: yesOrNo(false),
  /** Where a channel starts that was never read: `earliest` begins with everything that Salesforce still keeps. */
  initialStart: z._default(z.enum(['latest', 'earliest'], "must be 'latest' or 'earliest'"), 'latest'),
  /**
   * Where to go on when more was missed than Salesforce keeps. Never silent: each is logged, counted and told in a gap
   * record. `resync` reads again what changed meanwhile. @default `resync`; `earliest` where there are no rows to read
   */
  onReplayLost: z.optional(
    z.enum(['resync', 'earliest', 'latest', 'halt'], "must be 'resync', 'earliest', 'latest' or 'halt'"),
  ),
  /** Where gap records go. @default every partition of `topic` */
  gapTopic: z.optional(topicName),
  /** Publishes what exists, once, when the channel is first opened, and then every change. */
  snapshot: yesOrNo(false),
  /**
   * Leaves out the echo of what sinks of this bridge write: updates by our client that change nothing else. An update by our
   * client that no sink remembers yet holds its channel up, at most until 20 s after its commit.
   */
  loopGuard: yesOrNo(false),
  /** Updates show the whole row, read from the org with one call for many; states in between may be skipped. */
  fullRow: yesOrNo(false),
  /**
   * `atLeastOnce`: without transactions, a crash may repeat some records. Sources of one channel share a producer; the one
   * that asks for more wins. @default `exactlyOnce` where the cluster has transactions
   */
  delivery: z.optional(z.enum(['exactlyOnce', 'atLeastOnce'], "must be 'exactlyOnce' or 'atLeastOnce'")),
});

const wholeNumber = (from: number, to: number) =>
  z.int('must be a whole number').check(z.gte(from, `must be at least ${from}`), z.lte(to, `must be at most ${to}`));

/** How the poller holds, buffers and commits its channels. */
export const poller = z.strictObject({
  /** How long a channel stays with a task that no longer renews its right to it; then a standby takes over. */
  leaseSeconds: z._default(wholeNumber(3, 10), 10),
  /** A position is stored after so many events … */
  commitEvents: z._default(wholeNumber(1, 100_000), 1000),
  /** … or so long after the first of them. */
  commitMs: z._default(wholeNumber(10, 60_000), 1000),
  /** Events of one transaction at most; an event is never cut. */
  batchRecords: z._default(wholeNumber(1, 10_000), 2000),
  /** What may wait for Kafka, for each channel; one that has more stops reading until half of it is published. */
  bufferMb: z._default(wholeNumber(1, 1024), 16),
  /** How often the fields of captured objects are looked at; what did not change costs one API call, too. */
  describeSeconds: z._default(wholeNumber(60, 86_400), 300),
  /** From so many rows on a snapshot or a resync reads them by a query job of the Bulk API; below it 2,000 cost a call. */
  bulkFromRows: z._default(wholeNumber(1, 1_000_000_000), 50_000),
});

const transform = z.custom<Transform>(
  (value) => typeof value === 'object' && value !== null && Array.isArray((value as { steps?: unknown }).steps),
  'must be pipe(…) of transform steps',
);

/** Where records go that can never be written. What is too large for topic or queue is kept in a bucket, where there is one. */
const deadLetters = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      /** A Kafka topic, so the function sits in the cluster's network and reaches Salesforce through a NAT gateway. */
      kind: z.literal('topic'),
      /** A bucket takes what is too large; without it such letters are stored in parts. @default `false`; `true` with a queue */
      bucket: yesOrNo(false),
    }),
    z.strictObject({
      /** An SQS queue of the sink, so the function is in no network at all. */
      kind: z.literal('queue'),
      /** A bucket takes what is too large; without it such letters are stored in parts. */
      bucket: yesOrNo(true),
    }),
  ],
  "must have the kind 'topic' or 'queue'",
);

const notTargets = 'must be create(…), update(…), upsert(…), remove(…), undelete(…), publishEvent(…) or fromRecord(…)';

/** What Salesforce is told beside the rows of a sink. */
const callSettings = z.strictObject({
  /**
   * The name in `Sforce-Call-Options`, seen in change events and logs; a source's loop guard knows the default one only.
   * @default `salesforce-kafka-bridge`
   */
  client: z.optional(
    z
      .string('must be a name')
      .check(z.regex(/^[\w.-]{1,80}$/, 'must be 1 to 80 letters, digits, dots, underscores or hyphens')),
  ),
  /** Assignment rules of leads and cases: on, off, or the Id of one. @default the active rule */
  assignmentRule: z.optional(
    z.union(
      [z.boolean(), z.string().check(z.regex(/^01Q\w{12,15}$/))],
      "must be true, false or the Id of an assignment rule ('01Q…')",
    ),
  ),
  /** Saves rows that an alerting duplicate rule would hold up; a blocking rule still refuses them. */
  allowDuplicates: z._default(z.boolean('must be true or false'), false),
});

/** Where rows go: what is done, with which object, and how its rows are found. */
export const rowTarget = z.strictObject(
  {
    operation: z.enum(['create', 'update', 'upsert', 'delete', 'undelete', 'publish', 'fromRecord'], notTargets),
    /** What is written. @example `Account`, `Low_Ink__e` */
    object: apiName('an object'),
    /** The key field, a unique external ID; a row is found by its `Id` where there is none. @default `Id` */
    externalId: z.optional(apiName('an external ID field')),
    /** Of a create: an external ID field that gets the record's coordinates, so that no repeat makes a second row. */
    mark: z.optional(apiName('an external ID field')),
  },
  notTargets,
);

/** A topic by name, or several of those that the definition declares, by a pattern such as `salesforce.*`. */
const topicOrPattern = z
  .string('must be the name of a Kafka topic')
  .check(
    z.refine(
      (text) => legalTopic.test(text.replaceAll('*', 'x')),
      'must be 1 to 249 letters, digits, dots, underscores or hyphens, or a pattern of them with *',
    ),
  );

const sinkSettings = z.strictObject({
  /** Where rows are written. @default the only org */
  org: z.optional(z.string('must name one of orgs')),
  /** What is read; or `topics`. @example `erp.price-updates` */
  topic: z.optional(topicName),
  /** Instead of `topic`: several, by name or by patterns such as `salesforce.*`, each in a group of its own. @default only `topic` */
  topics: z.optional(
    z.array(topicOrPattern, 'must be a list of topics').check(z.minLength(1, 'must name at least one topic')),
  ),
  /** What becomes of a record's rows: one target, or several when the rows name their object. */
  write: z.union([rowTarget, z.array(rowTarget).check(z.minLength(1, 'must name at least one target'))], notTargets),
  /** How a record becomes rows. @default the value is JSON with fields by API name @example `pipe(json(Price), map(toEntry))` */
  transform: z.optional(transform),
  deadLetters: z._default(deadLetters, { kind: 'topic', bucket: false }),
  /** The topic of `deadLetters.kind: 'topic'`. @default `<topic>.dead-letter`, or with `topics` `<bridge>.<sink>.dead-letter` */
  deadLetterTopic: z.optional(topicName),
  /** Topics that tell, record by record, what was written and what was rejected. @default none */
  reports: z._default(
    z.strictObject({
      /** Topic with a record per written record: its key, how it ended, its coordinates in headers. */
      success: z.optional(topicName),
      /** Topic with a record per rejected record. */
      error: z.optional(topicName),
    }),
    {},
  ),
  call: z._default(callSettings, { allowDuplicates: false }),
  /** The group whose offsets say how far the sink is; with `topics`, `.<topic>` is added. @default `<bridge>.<sink>` */
  consumerGroup: z.optional(
    z
      .string()
      .check(z.regex(/^[a-zA-Z0-9._-]{1,200}$/, 'must be 1 to 200 letters, digits, dots, underscores or hyphens')),
  ),
  batch: z._default(
    z.strictObject({
      /** Records of one invocation at most. */
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
      /** How long one invocation may take. */
      timeoutSeconds: z._default(
        z.int('must be a whole number').check(z.gte(10, 'must be at least 10'), z.lte(839, 'must be at most 839')),
        120,
      ),
      /** Memory of the function, which also decides its share of a processor. */
      memoryMb: z._default(
        z
          .int('must be a whole number')
          .check(z.gte(256, 'must be at least 256'), z.lte(10_240, 'must be at most 10240')),
        512,
      ),
    }),
    { timeoutSeconds: 120, memoryMb: 512 },
  ),
  /** A null in a record clears its field, or (`keep`) leaves it alone. */
  nulls: z._default(z.enum(['clear', 'keep'], "must be 'clear' or 'keep'"), 'clear'),
  /**
   * A record without a value deletes the row of its key, is ignored, or becomes a dead letter. The key is the key field's
   * value, or JSON with it. @default `reject`; `delete` with `fromRecord`
   */
  tombstones: z.optional(z.enum(['delete', 'ignore', 'reject'], "must be 'delete', 'ignore' or 'reject'")),
  /**
   * A field that the object does not have makes its record a dead letter, is left out and counted, or (`fail`) stops the
   * sink. @default `reject`; `drop` with `fromRecord`
   */
  unknownFields: z.optional(z.enum(['reject', 'drop', 'fail'], "must be 'reject', 'drop' or 'fail'")),
  /** Fields that are never sent, such as `CleanStatus`, or `Lead.CleanStatus` for one object. */
  ignoreFields: z._default(z.array(z.string('must be the name of a field')), []),
  /** References that are never sent: all, or those named. */
  ignoreReferences: z._default(
    z.union(
      [z.boolean(), z.array(z.string('must be the name of a reference'))],
      'must be true, false or a list of references',
    ),
    false,
  ),
  /**
   * How long a record waits for a parent that Salesforce does not find. Its partition waits with it; 0 makes it a dead
   * letter at once.
   */
  parentWaitSeconds: z._default(wholeNumber(0, 604_800), 60),
  /** Deliveries after which a record becomes a dead letter whose row fails for a reason that nobody understands. */
  maxAttempts: z._default(wholeNumber(1, 1_000), 8),
  /**
   * Calls at once of one invocation, at most; locks and limits lower it for a while. Platform events of a batch come in the
   * order of the topic with 1 only.
   */
  concurrentCalls: z._default(wholeNumber(1, 10), 2),
  /** How long a row takes no newer value after a call without an answer. Salesforce ends a call after ten minutes. */
  fenceSeconds: z._default(wholeNumber(1, 3_600), 600),
  /**
   * Rows of one object and operation from which on the Bulk API 2.0 writes them, for keyed operations; give the function
   * minutes then. While Salesforce opens no job, calls write them. 0: never.
   */
  bulkFromRows: z._default(wholeNumber(0, 10_000), 0),
});

export const sink = sinkSettings.check(
  z.refine(({ topic, topics }) => topic !== undefined || topics !== undefined, {
    path: ['topic'],
    error: 'must be the name of a Kafka topic (it is missing)',
  }),
);

/** The one schema of a definition: its rules, its types, its defaults. */
export const bridgeSchema = z.strictObject(
  {
    /** Names everything that is deployed, and the consumer groups. */
    name: z
      .string('must be a name')
      .check(z.regex(/^[a-z][a-z0-9-]{0,29}$/, 'must start with a letter and have at most 30 a-z, 0-9 or hyphens')),
    orgs: z.record(flowName, org),
    sources: z._default(z.record(flowName, source), {}),
    sinks: z._default(z.record(flowName, sink), {}),
    poller: z._default(poller, poller.parse({})),
  },
  'must be the result of defineBridge({ … })',
);
