import { runPoller } from '../../../../functions/poller/poller.ts';
import type { PollerOrg } from '../../../../functions/poller/poller-org.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import { createMemoryOrg, createMemoryParts, productChannel, until } from './in-memory.ts';

/** What a session that Salesforce forgot ends with. */
export const lost = () =>
  new BridgeError('SKB_SUBSCRIPTION_LOST', 'Salesforce refused the Bayeux connect: 403::Unknown client');
export const positionOf = (parts: ReturnType<typeof createMemoryParts>) =>
  parts.channels.positions.get(`main ${productChannel}`);
/** Names of the rows in a topic, in order. */
export const namesOf = (parts: ReturnType<typeof createMemoryParts>, topic = 'products') => {
  return parts.producer.records
    .filter((record) => record.topic === topic)
    .map((record) => JSON.parse(String(record.value)))
    .flatMap((value) => (value._EventType === 'gap' ? [] : [value.Name]));
};

/** Runs a poller while the story is told, then drains it. */
export async function whileRunning(
  orgs: readonly PollerOrg[],
  parts: ReturnType<typeof createMemoryParts>,
  story: () => Promise<void>,
): Promise<void> {
  const drain = new AbortController();
  const running = runPoller(orgs, parts, drain.signal);
  try {
    await Promise.race([story(), running]);
  } finally {
    drain.abort();
    await running;
  }
}

/** An org and all that a poller uses besides, in memory. */
export function start() {
  const org = createMemoryOrg();
  const parts = createMemoryParts();
  return { org, parts, subscribed: () => until(() => parts.logger.of('subscribed').length > 0) };
}
