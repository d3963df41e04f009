import type { LatencyProfile, LatencyProfileName } from './latency.ts';

/** What a user may not see on streaming channels; a user that is not listed may see everything. */
export interface StreamingRestriction {
  /** The handshake is refused. */
  readonly noStreaming?: boolean | undefined;
  /** Objects whose records the user may not all view, so that their change events are refused or left out; `*` for every object. */
  readonly noViewAll?: readonly string[] | undefined;
  /** Objects (`Lead`) and fields (`Lead.Email`) that the user may not read. */
  readonly noRead?: readonly string[] | undefined;
}

/** Everything about the org that a test or a user may want different. Times are milliseconds on the org's clock. */
export interface OrgSettings {
  /** Newest API version served, as in the path. */
  readonly newestApiVersion: number;
  /** A session dies when no REST call used it for this long. */
  readonly sessionTimeoutMs: number;
  /** Audiences a JWT assertion may name, beside the org's own address. */
  readonly jwtAudiences: readonly string[];
  /** What a JWT with a wrong audience is told; it changed over the releases. */
  readonly jwtAudienceText: string;
  /** What an expired JWT is told. Reports differ. */
  readonly jwtExpiredText: string;
  /** Orgs made since Summer '25 refuse SOAP `login()` until it is switched on. */
  readonly soapLogin: 'enabled' | 'disabled';
  /** Requests in a rolling day; more are refused with REQUEST_LIMIT_EXCEEDED. */
  readonly dailyApiRequests: number;
  /** Logins of one user in a rolling hour; more are refused. */
  readonly hourlyLogins: number;
  /** Platform events published in a rolling hour; more are refused. */
  readonly hourlyPublishedEvents: number;
  /** Active PushTopics in the org. */
  readonly pushTopics: number;
  /** CometD clients at a time in the whole org. */
  readonly streamingClients: number;
  /** From commit to the event log. A real org takes some hundred milliseconds too, and never publishes before the answer. */
  readonly publishDelayMs: number;
  /** Joins equal changes of one transaction into one change event with several record IDs. */
  readonly mergeChangeEvents: boolean;
  /** Updates of long texts of more than 1,000 characters carry a unified diff instead of the value. */
  readonly longTextDiffs: boolean;
  /** A change event that would be larger is replaced by a gap event. */
  readonly changeEventBytes: number;
  /** Changes of one transaction that are published; for the rest each object gets one overflow event. */
  readonly overflowAfterChanges: number;
  /** An update that changes nothing still moves LastModifiedDate; `true` publishes that. */
  readonly changeEventForUnchangedUpdate: boolean;
  /** How long a `/meta/connect` without events is held. */
  readonly connectHoldMs: number;
  /** How long a client may stay away between two connects. */
  readonly reconnectTimeoutMs: number;
  /** Life of the load balancer's `sfdc-stream` cookie; the next node does not know the client. */
  readonly stickyCookieMs: number;
  /** PushTopic events are kept for a day, change events for three. */
  readonly topicRetentionMs: number;
  readonly changeEventRetentionMs: number;
  /** How often a held connect looks whether its token is still alive. */
  readonly tokenCheckMs: number;
  /** The pause a client is told to make while another client of its BAYEUX_BROWSER cookie holds a connect. */
  readonly sharedBrowserIntervalMs: number;
  /** One answer of the streaming API carries no more events and no more characters of them than this. */
  readonly eventsPerAnswer: number;
  readonly charactersPerAnswer: number;
  /** Events delivered in a rolling day, each subscriber counted: PushTopics, generic, platform and change events together. */
  readonly dailyTopicEvents: number;
  readonly dailyGenericEvents: number;
  readonly dailyPlatformEvents: number;
  /** Subscriptions one channel takes. */
  readonly subscribersPerChannel: number;
  /** Subscribing to a generic channel that does not exist creates it. */
  readonly dynamicStreamingChannels: boolean;
  /** Generic channels the org may have. */
  readonly streamingChannels: number;
  /** By username. */
  readonly restrictedUsers: Readonly<Record<string, StreamingRestriction>>;
  /** The wording of a refused change event channel; it changed over the releases. */
  readonly changeEventRefusal: 'View All Data' | 'required';
  /** How long calls take: at once, like a named profile, or as given. */
  readonly latency: LatencyProfileName | LatencyProfile;
  /** `id`: a PushTopic delete carries the Id only; `all`: every selected field. Reports differ. */
  readonly pushTopicDelete: 'id' | 'all';
  /** Addresses and locations in the query of a PushTopic. Reports differ; old clients that select every field need `deliver`. */
  readonly compoundFieldsInPushTopics: 'refuse' | 'deliver';
  /** An unknown field in a collections call refuses the whole request, or only its row. Reports differ. */
  readonly unknownFieldInCollections: 'request' | 'row';
  /** The form of a refused handshake: today's, or the one of 2017. */
  readonly refusedHandshake: 'failureReason' | 'plain';
  /** A bulk job waits this long before it starts, and between its internal batches. */
  readonly bulkDelayMs: number;
  /** Rows of an internal batch of a bulk job. */
  readonly bulkBatchRows: number;
  /** A real org gives the rows of bulk results in an order of its own. */
  readonly bulkShuffleResults: boolean;
  /** Batches of both Bulk APIs in a rolling day. */
  readonly dailyBulkBatches: number;
  /** Rows of bulk jobs in a rolling day. */
  readonly dailyBulkRows: number;
  /** Bulk query jobs in a rolling day. */
  readonly dailyBulkQueryJobs: number;
  /** Rows in one page of bulk query results when the client does not say. */
  readonly bulkQueryPageRows: number;
  /** Seed of everything random: replay ID gaps, tokens, faults by rate. */
  readonly randomSeed: number;
}

const hour = 3_600_000;

export const defaultSettings: OrgSettings = {
  newestApiVersion: 66,
  sessionTimeoutMs: 2 * hour,
  jwtAudiences: ['https://login.salesforce.com', 'https://test.salesforce.com'],
  jwtAudienceText: 'audience is invalid',
  jwtExpiredText: 'expired authorization code',
  soapLogin: 'enabled',
  dailyApiRequests: 100_000,
  hourlyLogins: 3600,
  hourlyPublishedEvents: 250_000,
  pushTopics: 100,
  streamingClients: 20,
  publishDelayMs: 100,
  mergeChangeEvents: false,
  longTextDiffs: false,
  changeEventBytes: 1_000_000,
  overflowAfterChanges: 100_000,
  changeEventForUnchangedUpdate: true,
  connectHoldMs: 110_000,
  reconnectTimeoutMs: 40_000,
  stickyCookieMs: 3 * hour,
  topicRetentionMs: 24 * hour,
  changeEventRetentionMs: 72 * hour,
  tokenCheckMs: 10_000,
  sharedBrowserIntervalMs: 2000,
  eventsPerAnswer: 2000,
  charactersPerAnswer: 8_000_000,
  dailyTopicEvents: 10_000_000,
  dailyGenericEvents: 10_000_000,
  dailyPlatformEvents: 10_000_000,
  subscribersPerChannel: 2000,
  dynamicStreamingChannels: false,
  streamingChannels: 200,
  restrictedUsers: {},
  changeEventRefusal: 'required',
  latency: 'none',
  pushTopicDelete: 'id',
  compoundFieldsInPushTopics: 'refuse',
  unknownFieldInCollections: 'request',
  refusedHandshake: 'failureReason',
  bulkDelayMs: 100,
  bulkBatchRows: 10_000,
  bulkShuffleResults: true,
  dailyBulkBatches: 15_000,
  dailyBulkRows: 150_000_000,
  dailyBulkQueryJobs: 10_000,
  bulkQueryPageRows: 50_000,
  randomSeed: 1,
};
