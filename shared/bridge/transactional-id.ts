import type { ChannelKey } from '../state/channel-store.ts';

/**
 * The first part of the transactional IDs of a deployment's poller; rights are granted for everything that begins with it.
 * Deployments that share a cluster must not share it: a producer with the same ID fences the other one.
 */
export function transactionalIdPrefix(bridgeName: string, environmentName?: string): string {
  return environmentName === undefined ? bridgeName : `${bridgeName}.${environmentName}`;
}

/** `<bridge>.<environment>.<org>.<channel>`: who holds it in Kafka is the one who may publish the channel's events. */
export function transactionalId(prefix: string, { org, channel }: ChannelKey): string {
  return `${prefix}.${org}.${channel.slice(1).replaceAll('/', '.')}`;
}
