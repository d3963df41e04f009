import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EnvironmentInput } from '../infra/environment-settings.ts';
import { type Deployment, readDeployment } from '../infra/read-deployment.ts';
import { BridgeError } from '../shared/errors/bridge-error.ts';

export interface DeploymentOptions {
  /** Name of the environment. */
  readonly env: string;
  readonly bridge: string;
  readonly environments: string;
}

/**
 * Loads the definition and one environment, both checked.
 *
 * @throws BridgeError SKB_CONFIG_INVALID naming the file and every problem.
 */
export async function loadDeployment(options: DeploymentOptions): Promise<Deployment> {
  const [ofBridge, ofEnvironments] = [await load(options.bridge), await load(options.environments)];
  if (!('default' in ofBridge)) {
    const wanted = 'a definition: export default defineBridge({ … })';
    throw new BridgeError('SKB_CONFIG_INVALID', `${options.bridge} must export ${wanted}`);
  }
  const { environments } = ofEnvironments;
  if (typeof environments !== 'object' || environments === null || Array.isArray(environments)) {
    throw new BridgeError('SKB_CONFIG_INVALID', `${options.environments} must export environments by their names`);
  }
  return readDeployment(ofBridge['default'], options.env, environments as Readonly<Record<string, EnvironmentInput>>);
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(path.resolve(file)).href);
  } catch (cause) {
    throw new BridgeError('SKB_CONFIG_INVALID', `${file} cannot be loaded: ${describe(cause)}`, { cause });
  }
}

/** With the place, where the error says it: a definition may be put together from several files. */
function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const places = cause.stack?.match(/(?<=^|[\s(])(file:\/\/)?\/[^\s():]+:\d+(?=[:)\s])/gm) ?? [];
  const place = places.find((each) => !each.includes('/node_modules/'));
  const reason = cause.message.split('\n')[0];
  return place === undefined ? `${reason}` : `${reason} (${place.replace('file://', '')})`;
}
