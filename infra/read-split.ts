import { BridgeError } from '../shared/errors/bridge-error.ts';

const meanings = new Map<unknown, boolean>([
  [undefined, false],
  ['false', false],
  [false, false],
  ['true', true],
  [true, true],
]);

/**
 * Whether a deployment is three stacks, as the context says it. A slip must not move what holds data into another stack.
 *
 * @throws BridgeError SKB_CONFIG_INVALID
 */
export function readSplit(context: unknown): boolean {
  const split = meanings.get(context);
  if (split === undefined) throw new BridgeError('SKB_CONFIG_INVALID', '-c split=…: must be true or false');
  return split;
}
