import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { BridgeError } from '../errors/bridge-error.ts';

/** What a file exports, by name. */
export type Exports = Readonly<Record<string, unknown>>;

/** @throws BridgeError SKB_CONFIG_INVALID naming the file, and the line where it ended. */
export async function loadModule(file: string): Promise<Exports> {
  try {
    return await import(pathToFileURL(path.resolve(file)).href);
  } catch (cause) {
    throw new BridgeError('SKB_CONFIG_INVALID', `${file} cannot be loaded: ${describe(cause)}`, { cause });
  }
}

/**
 * The definition that a file exports, not checked yet.
 *
 * @throws BridgeError SKB_CONFIG_INVALID when it exports none.
 */
export function definitionIn(file: string, exports: Exports): unknown {
  if ('default' in exports) return exports['default'];
  const wanted = 'a definition: export default defineBridge({ … })';
  throw new BridgeError('SKB_CONFIG_INVALID', `${file} must export ${wanted}`);
}

/** With the place, where the error says it: a definition may be put together from several files. */
function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const places = cause.stack?.match(/(?<=^|[\s(])(file:\/\/)?\/[^\s():]+:\d+(?=[:)\s])/gm) ?? [];
  const place = places.find((each) => !each.includes('/node_modules/'));
  const reason = cause.message.split('\n')[0];
  return place === undefined ? `${reason}` : `${reason} (${place.replace('file://', '')})`;
}
