/** Error texts of the Streaming API guide (`streaming_handling_errors.htm`), in the form `code:arguments:text`. */
export const bayeuxErrors = {
  versionMissing: "400::API version in the URI is mandatory. URI format: '/cometd/66.0'",
  versionUnsupported:
    "400::Unsupported API version. Only API versions '37.0' and later are supported. URI format: '/cometd/66.0'",
  channelMissing: '400::Channel name not specified',
  channelSlash: "400::Channel subscriptions must start with a leading '/'",
  userMismatch: "400::Authenticated user id does not match the session's user id",
  authenticationInvalid: '401::Authentication invalid',
  authenticationRequired: '401::Request requires authentication',
  handshakeDenied: '403::Handshake denied',
  unknownClient: '403::Unknown client',
  tooManyClients: '403::Organization concurrent user limit exceeded',
  dailyLimit: '403::Organization total events daily limit exceeded',
  subscriptionLimit: '403::Subscription limit exceeded for this topic',
  restrictedChannel: '403::Restricted channel',
  streamingDisabled: '403::User not enabled for streaming',
  noEntityAccess: '403::Subscriber does not have access to the entity in this topic',
  noFilterAccess: '403::Subscriber does not have access to all fields referenced in the where clause of the PushTopic',
  channelLimit: '403::Unable to create channel dynamically, maximum channel limit has been exceeded',
  unknownGenericChannel: '404::Unknown channel',
  channelCase: '404::channel names may not vary only by case',
  publishDenied: '403:denied_by_security_policy:publish_denied',
  unknownMeta: '404::unknown_meta',
} as const;

export const invalidConnectionType = (type: unknown): string => `400::Invalid connection type ${String(type)}`;
export const unknownChannel = (channel: string): string =>
  `400::The channel you requested to subscribe to doesn't exist {${channel}}`;
export const cannotCreateChannel = (channel: string): string => `403::Cannot create channel {${channel}}`;
export const noViewAll = (permissions: string): string =>
  `403::User not allowed to subscribe CDC without ${permissions} permissions`;
export const cookieMissing = (clientId: string): string =>
  `400::Client ${clientId} has established a session, but no BAYEUX_BROWSER cookie present`;
export const unknownFilterFields = (fields: readonly string[]): string =>
  `400::Query fields ${fields.join(', ')} do not exist on the topic entity`;
/** The braces around the ID and the two spaces are Salesforce's. */
export const invalidReplayId = (replayId: unknown): string =>
  `400::The replayId {${String(replayId)}} you provided was invalid.  Please provide a valid ID, -2 to replay all events, or -1 to replay only new events.`;
