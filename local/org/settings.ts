/** Everything about the org that a test or a user may want different. Times are milliseconds on the org's clock. */
export interface OrgSettings {
  /** Newest API version served, as in the path. */
  readonly newestApiVersion: number;
  /** A session dies when no REST call used it for this long. */
  readonly sessionTimeoutMs: number;
  /** Requests in a rolling day; more are refused with REQUEST_LIMIT_EXCEEDED. */
  readonly dailyApiRequests: number;
  /** CometD clients at a time in the whole org. */
  readonly streamingClients: number;
  /** From commit to the event log. A real org takes some hundred milliseconds too, and never publishes before the answer. */
  readonly publishDelayMs: number;
  /** Joins equal changes of one transaction into one change event with several record IDs. */
  readonly mergeChangeEvents: boolean;
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
  /** `id`: a PushTopic delete carries the Id only; `all`: every selected field. Reports differ. */
  readonly pushTopicDelete: 'id' | 'all';
  /** An unknown field in a collections call refuses the whole request, or only its row. Reports differ. */
  readonly unknownFieldInCollections: 'request' | 'row';
  /** The form of a refused handshake: today's, or the one of 2017. */
  readonly refusedHandshake: 'failureReason' | 'plain';
  /** Seed of everything random: replay ID gaps, tokens, faults by rate. */
  readonly randomSeed: number;
}

const hour = 3_600_000;

export const defaultSettings: OrgSettings = {
  newestApiVersion: 66,
  sessionTimeoutMs: 2 * hour,
  dailyApiRequests: 100_000,
  streamingClients: 20,
  publishDelayMs: 100,
  mergeChangeEvents: false,
  changeEventForUnchangedUpdate: true,
  connectHoldMs: 110_000,
  reconnectTimeoutMs: 40_000,
  stickyCookieMs: 3 * hour,
  topicRetentionMs: 24 * hour,
  changeEventRetentionMs: 72 * hour,
  pushTopicDelete: 'id',
  unknownFieldInCollections: 'request',
  refusedHandshake: 'failureReason',
  randomSeed: 1,
};
