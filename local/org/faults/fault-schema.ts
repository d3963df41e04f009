import { z } from 'zod';

const often = {
  /** How many matching requests or rows are hit; without `times` and `rate` every one is. */
  times: z.int().positive().optional(),
  /** Share of matching requests or rows that are hit, 0 to 1, drawn from the org's random seed. */
  rate: z.number().min(0).max(1).optional(),
  /** How many matches pass before the first hit. @default 0 */
  after: z.int().nonnegative().optional(),
};

/** Which requests a fault hits; without it every one. */
const match = z
  .strictObject({
    method: z.string().optional(),
    pathPrefix: z.string().optional(),
    /** Anywhere in the path or query. */
    pathContains: z.string().optional(),
    app: z.string().optional(),
  })
  .optional();

export type RequestMatch = z.infer<typeof match>;

/** What the control API takes as a fault. The first seven happen at once, the others wait for a match. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('expire-tokens'), app: z.string().optional() }),
  z.strictObject({ kind: z.literal('forget-clients') }),
  z.strictObject({ kind: z.literal('server-disconnect') }),
  /** The load balancer's cookies are void: the next request of each client meets `403::Unknown client`. */
  z.strictObject({ kind: z.literal('lose-cookies') }),
  /** A gap event: of these records a change is missing. */
  z.strictObject({
    kind: z.literal('gap-event'),
    object: z.string(),
    recordIds: z.array(z.string()).min(1),
    change: z.enum(['CREATE', 'UPDATE', 'DELETE', 'UNDELETE']),
  }),
  /** An overflow event: too much of this object changed. */
  z.strictObject({ kind: z.literal('overflow-event'), object: z.string() }),
  /** Bulk jobs that wait or run are aborted, as an administrator may do; what they wrote stays. */
  z.strictObject({ kind: z.literal('abort-bulk-jobs') }),
  z.strictObject({
    kind: z.literal('respond'),
    match,
    ...often,
    status: z.int().min(200).max(599),
    /** A text is sent as HTML, anything else as JSON. @default an empty body */
    body: z.unknown().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({
    kind: z.literal('delay'),
    match,
    ...often,
    milliseconds: z.int().positive(),
    /** Waits `before` the request is served, or `after` it took effect: a client that gave up meanwhile has written. @default 'before' */
    when: z.enum(['before', 'after']).optional(),
  }),
  z.strictObject({
    kind: z.literal('reset-connection'),
    match,
    ...often,
    /** `before` the request is served, or `after` it took effect, so that the client cannot know. @default 'before' */
    when: z.enum(['before', 'after']).optional(),
  }),
  /** The org's own words for too many calls a day, or too many long ones at a time. */
  z.strictObject({ kind: z.literal('request-limit'), limit: z.enum(['daily', 'concurrent']), match, ...often }),
  /** Any error of the streaming API: for a handshake the reason of its refusal. */
  z.strictObject({
    kind: z.literal('bayeux-error'),
    /** `/meta/handshake`, `/meta/connect`, `/meta/subscribe`. */
    channel: z.string(),
    /** Only subscribes to this channel. */
    subscription: z.string().optional(),
    /** As on the wire, say `403::Restricted channel`. */
    error: z.string(),
    /** `handshake` also forgets the client. */
    advice: z.enum(['none', 'handshake', 'retry']).optional(),
    ...often,
  }),
  /** Refuses rows with any code, as triggers and limits do it. */
  z.strictObject({
    kind: z.literal('refuse-rows'),
    object: z.string().optional(),
    statusCode: z.string(),
    message: z.string(),
    ...often,
  }),
  z.strictObject({ kind: z.literal('lock-rows'), object: z.string().optional(), ...often }),
  z.strictObject({ kind: z.literal('refuse-replay'), channel: z.string().optional(), ...often }),
]);

export type Fault = z.infer<typeof faultSchema>;
export type RequestFault = Extract<Fault, { kind: 'respond' | 'delay' | 'reset-connection' | 'request-limit' }>;
export type BayeuxFault = Extract<Fault, { kind: 'bayeux-error' }>;
