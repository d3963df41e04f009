import * as z from 'zod/mini';
import type { Transform } from '../transform/step.ts';
import { apiName, legalTopic, topicName, wholeNumber, yesOrNo } from './setting-values.ts';

// Settings of a sink: what it reads, how that becomes rows, and how they are written.

const transform = z
  .custom<Transform>(
    (value) => typeof value === 'object' && value !== null && Array.isArray((value as { steps?: unknown }).steps),
    { error: 'must be pipe(…) of transform steps', abort: true },
  )
  .check(({ value, issues }) => {
    for (const [index, step] of value.steps.entries()) {
      if (typeof (step as { run?: unknown } | null | undefined)?.run === 'function') continue;
      const message = 'must be a step, such as map(…) or filter(…)';
      issues.push({ code: 'custom', path: ['steps', index], message, input: step });
    }
  });

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
      [
        z.boolean(),
        z.string().check(z.regex(/^01Q\w{12,15}$/, "must be true, false or the Id of an assignment rule ('01Q…')")),
      ],
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

export const sink = z.strictObject({
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
      size: z._default(wholeNumber(1, 10_000), 1000),
      /** How long an invocation waits for more records. */
      windowSeconds: z._default(wholeNumber(0, 300), 1),
    }),
    { size: 1000, windowSeconds: 1 },
  ),
  /** The Lambda function that runs the sink. */
  function: z._default(
    z.strictObject({
      // Lambda takes functions of less than 14 minutes for Kafka:
      // https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
      /** How long one invocation may take. */
      timeoutSeconds: z._default(wholeNumber(10, 839), 120),
      /** Memory of the function, which also decides its share of a processor. */
      memoryMb: z._default(wholeNumber(256, 10_240), 512),
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
