import { setTimeout as delay } from 'node:timers/promises';
import { createTopics } from '../../../local/broker/create-topics.ts';

const tries = 5;

/** Creates topics; on a busy machine the broker may take longer than a client's patience, and asking again is harmless. */
export async function makeTopics(
  brokers: readonly string[],
  topics: readonly { readonly topic: string; readonly partitions: number }[],
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await createTopics(brokers.join(','), topics);
    } catch (error) {
      if (attempt === tries) throw error;
      await delay(1_000);
    }
  }
}
