import { BridgeError } from '../errors/bridge-error.ts';
import type { ErrorCode } from '../errors/codes.ts';

// Broker error types that waiting does not heal: https://kafka.apache.org/protocol#protocol_error_codes
const codeByType: Readonly<Record<string, ErrorCode>> = {
  TOPIC_AUTHORIZATION_FAILED: 'SKB_KAFKA_DENIED',
  CLUSTER_AUTHORIZATION_FAILED: 'SKB_KAFKA_DENIED',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'SKB_KAFKA_DENIED',
  UNKNOWN_TOPIC_OR_PARTITION: 'SKB_KAFKA_DENIED',
  INVALID_TOPIC_EXCEPTION: 'SKB_KAFKA_DENIED',
  MESSAGE_TOO_LARGE: 'SKB_RECORD_TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'SKB_RECORD_TOO_LARGE',
  // A newer producer has the transactional ID, or the coordinator gave up a transaction that took too long.
  INVALID_PRODUCER_EPOCH: 'SKB_PRODUCER_FENCED',
  INVALID_PRODUCER_ID_MAPPING: 'SKB_PRODUCER_FENCED',
};

/** Turns what kafkajs threw into a BridgeError, without topics when it was while connecting; what is not known to be final counts as weather. */
export function classifyKafkaError(error: unknown, topics: readonly string[]): BridgeError {
  const root = rootCause(error);
  const type = String((root as { type?: unknown }).type ?? '');
  const name = root instanceof Error ? root.name : '';
  const denied = name === 'KafkaJSSASLAuthenticationError' ? 'SKB_KAFKA_DENIED' : undefined;
  const code = denied ?? codeByType[type] ?? 'SKB_KAFKA_UNAVAILABLE';
  const message = root instanceof Error ? root.message : String(root);
  const what =
    topics.length === 0
      ? 'Kafka could not be connected to'
      : `Kafka did not acknowledge records for ${topics.join(', ')}`;
  return new BridgeError(code, `${what}: ${message}`, {
    cause: error,
    context: { topics, kafkaError: type || name },
  });
}

/** kafkajs wraps the broker's answer in "number of retries exceeded". */
function rootCause(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 5; depth += 1) {
    const inner = (current as { cause?: unknown } | null)?.cause;
    if (!(inner instanceof Error)) return current;
    current = inner;
  }
  return current;
}
