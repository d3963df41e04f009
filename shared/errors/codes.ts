/** What the bridge does with an item after an error: try again, store it as a dead letter, or stop its channel, org or sink. */
export type Disposition = 'retry' | 'reject' | 'halt';

interface ErrorCodeRow {
  readonly meaning: string;
  readonly disposition: Disposition;
  /** What the person on call does about it. */
  readonly operator: string;
}

/** Every error the bridge can raise. A new case is a new row; nothing else decides a disposition. */
export const errorCodes = {
  SKB_CONFIG_INVALID: {
    meaning: 'The bridge definition, an option or an environment variable breaks a rule.',
    disposition: 'halt',
    operator: 'Mend the places named in the message; nothing was started.',
  },
  SKB_ENVIRONMENT_UNFIT: {
    meaning: 'A program that the local run needs is missing on this machine.',
    disposition: 'halt',
    operator: 'Install what the message names, or take one of the ways around it that it lists.',
  },
  SKB_AUTH_REJECTED: {
    meaning: 'Salesforce refused the credentials, the app, or what it may use.',
    disposition: 'halt',
    operator:
      'Check the secret, the app policies and the permissions of its user; the bridge asks again slowly and resumes by itself.',
  },
  SKB_AUTH_EXPIRED: {
    meaning: 'The access token is no longer valid.',
    disposition: 'retry',
    operator: 'Nothing: a new token is fetched once, then it counts as rejected.',
  },
  SKB_SUBSCRIPTION_LOST: {
    meaning: 'The streaming session ended: unknown client, server disconnect or a broken connection.',
    disposition: 'retry',
    operator: 'Nothing: a new handshake resubscribes every channel from its checkpoint.',
  },
  SKB_SUBSCRIPTION_REFUSED: {
    meaning: 'Salesforce refused a subscription: unknown channel, missing permission, or an allocation is used up.',
    disposition: 'halt',
    operator: 'Check channel name, permissions and allocations; the bridge asks again slowly.',
  },
  SKB_REPLAY_LOST: {
    meaning: 'The stored replay ID is outside the retention of the channel.',
    disposition: 'halt',
    operator: 'Decide with onReplayLost; until then the channel waits and nothing is skipped.',
  },
  SKB_SALESFORCE_UNAVAILABLE: {
    meaning: 'Salesforce answered 5xx, something unreadable, or not at all.',
    disposition: 'retry',
    operator: 'Nothing, unless it lasts: look at the org status page.',
  },
  SKB_SALESFORCE_LIMIT: {
    meaning: 'A request limit of the org is used up.',
    disposition: 'retry',
    operator: 'The bridge waits; find who uses the calls when it happens daily.',
  },
  SKB_ROW_LOCKED: {
    meaning: 'Another transaction holds the row or its parent.',
    disposition: 'retry',
    operator: 'Nothing, unless it lasts: look for a long-running job on the same rows.',
  },
  SKB_ROW_REJECTED: {
    meaning: 'Salesforce refused a row: validation rule, missing or unknown field, unknown reference.',
    disposition: 'reject',
    operator: 'Read the dead letter: it names field and reason; mend the data or the transform and replay it.',
  },
  SKB_DECODE_FAILED: {
    meaning: 'A record or event could not be decoded.',
    disposition: 'reject',
    operator: 'Read the dead letter; mend the producer or the schema.',
  },
  SKB_TRANSFORM_FAILED: {
    meaning: 'A transform step threw for this record.',
    disposition: 'reject',
    operator: 'Read the dead letter: it names the step; mend the transform and replay it.',
  },
  SKB_LOOKUP_FAILED: {
    meaning: 'Something that a transform looks up could not be asked.',
    disposition: 'retry',
    operator: 'Nothing, unless it lasts: look at the system that the message names, and at the grants of the sink.',
  },
  SKB_NO_SINK: {
    meaning: 'A record arrived for a topic that no sink takes.',
    disposition: 'reject',
    operator: 'Compare the event source mapping with the definition.',
  },
  SKB_RECORD_TOO_LARGE: {
    meaning: 'A record is larger than its destination takes.',
    disposition: 'reject',
    operator: 'Read the dead letter; split or shrink the record at its origin.',
  },
  SKB_LEASE_LOST: {
    meaning: 'Another task reads the channel now, or this one could not renew its right to in time.',
    disposition: 'retry',
    operator: 'Nothing: the task stands by. If it changes hands often, look at the table and the tasks’ load.',
  },
  SKB_PRODUCER_FENCED: {
    meaning: 'Kafka refused a transaction: another producer took the channel over, or a transaction ran out of time.',
    disposition: 'retry',
    operator: 'Nothing: the task looks whether the channel is still its own, and starts over or stands by.',
  },
  SKB_KAFKA_UNAVAILABLE: {
    meaning: 'The Kafka cluster did not acknowledge.',
    disposition: 'retry',
    operator: 'Nothing, unless it lasts: look at the brokers.',
  },
  SKB_KAFKA_DENIED: {
    meaning: 'Kafka refused access, or the topic does not exist.',
    disposition: 'halt',
    operator: 'Check the grants and that the topic was created.',
  },
  SKB_CHECKPOINT_FAILED: {
    meaning: 'The state table did not take a position.',
    disposition: 'retry',
    operator: 'Nothing is acknowledged meanwhile; look at the table and its grants.',
  },
  SKB_DEAD_LETTER_FAILED: {
    meaning: 'The dead-letter store did not take a letter.',
    disposition: 'retry',
    operator: 'Nothing is acknowledged meanwhile; look at the dead-letter topic and its grants.',
  },
  SKB_BUG: {
    meaning: 'The bridge contradicts itself.',
    disposition: 'halt',
    operator: 'Report it with the log line; a restart resumes from the checkpoint.',
  },
} as const satisfies Record<string, ErrorCodeRow>;

export type ErrorCode = keyof typeof errorCodes;
