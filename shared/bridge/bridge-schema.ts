import * as z from 'zod/mini';
import { wholeNumber } from './setting-values.ts';
import { sink } from './sink-schema.ts';
import { source } from './source-schema.ts';

// zod/mini, because every function imports this file: 12 kB in a bundle instead of 443.

/** Of an org, a source or a sink. */
export const flowName = z
  .string()
  .check(
    z.regex(/^[a-zA-Z][a-zA-Z0-9-]{0,39}$/, 'must start with a letter and have at most 40 letters, digits or hyphens'),
  );

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
  tokenMinutes: z._default(wholeNumber(5, 1440), 120),
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
