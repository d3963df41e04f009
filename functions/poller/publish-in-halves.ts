import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { type LogPositions, laterPositions } from '../../shared/kafka/log-positions.ts';

/**
 * Publishes items in their order. Kafka refuses a request for one record in it, so what it refuses is halved until the one
 * item is alone that it is refused for.
 *
 * @param refused publishes something else in its place.
 * @returns where the log stands behind all of them.
 */
export async function publishInHalves<Item>(
  items: readonly Item[],
  publish: (items: readonly Item[]) => Promise<LogPositions>,
  refused: (item: Item, reason: BridgeError) => Promise<LogPositions>,
): Promise<LogPositions> {
  try {
    return await publish(items);
  } catch (error) {
    const [first] = items;
    if (!isRefusal(error) || first === undefined) throw error;
    if (items.length === 1) return await refused(first, error);
    const middle = Math.ceil(items.length / 2);
    const behindFirstHalf = await publishInHalves(items.slice(0, middle), publish, refused);
    return laterPositions(behindFirstHalf, await publishInHalves(items.slice(middle), publish, refused));
  }
}

/** True for what can never succeed as it is. */
export function isRefusal(error: unknown): error is BridgeError {
  return error instanceof BridgeError && error.disposition === 'reject';
}
