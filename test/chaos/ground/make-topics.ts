import { setTimeout as delay } from 'node:timers/promises';
import { createTopics } from '../../../local/broker/create-topics.ts';

const tries = 5;
/** Scenarios move the org's clock by days, and so the times of its records; a broker refuses what lies an hour ahead. */
const config = { 'message.timestamp.after.max.ms': String(365 * 86_400_000) };

/** Creates topics; on a busy machine the broker may take longer than a client's patience, and asking again is harmless. */
export async function makeTopics(
  brokers: readonly string[],
  topics: readonly { readonly topic: string; readonly partitions: number }[],
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await createTopics(
        brokers.join(','),
        topics.map((topic) => ({ ...topic, config })),
      );
    } catch (error) {
      if (attempt === tries) throw error;
      await delay(1_000);
    }
  }
}
