import type { DeliveryGuarantee } from '../kafka/channel-producer.ts';
import type { Source } from './bridge.ts';

/** Whether a Kafka cluster has transactions. */
export type KafkaTransactions = 'available' | 'unavailable';

/** How the events of a channel reach Kafka: its sources share one producer, and the one that asks for more wins. */
export function deliveryOf(
  sources: readonly Pick<Source, 'delivery'>[],
  transactions: KafkaTransactions,
): DeliveryGuarantee {
  if (transactions === 'unavailable') return 'atLeastOnce';
  return sources.some(({ delivery }) => delivery !== 'atLeastOnce') ? 'exactlyOnce' : 'atLeastOnce';
}
