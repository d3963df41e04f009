import * as z from 'zod/mini';
import { apiName, legalTopic, objectNames, topicName, yesOrNo } from './setting-values.ts';
import { placeholders, unknownPlaceholders, withoutPlaceholders } from './topic-template.ts';

// Settings of a source: what it captures, and what becomes of it.

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
