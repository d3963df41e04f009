import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Environment, EnvironmentInput } from '../infra/environment-settings.ts';
import { readEnvironment } from '../infra/read-environment.ts';
import type { Bridge } from '../shared/bridge/bridge.ts';
import { parseBridge } from '../shared/bridge/define-bridge.ts';
import { BridgeError } from '../shared/errors/bridge-error.ts';

export interface DeploymentOptions {
  /** Name of the environment. */
  readonly env: string;
  readonly bridge: string;
  readonly environments: string;
}

export interface Deployment {
  readonly bridge: Bridge;
  readonly environment: Environment;
}

/**
 * Loads the definition and one environment, both checked.
 *
 * @throws BridgeError SKB_CONFIG_INVALID naming the file and every problem.
 */
export async function loadDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { default: definition } = await load(options.bridge);
  const { environments } = await load(options.environments);
  if (typeof environments !== 'object' || environments === null) {
    throw new BridgeError('SKB_CONFIG_INVALID', `${options.environments} must export environments`);
  }
  return {
    bridge: parseBridge(definition),
    environment: readEnvironment(options.env, environments as Readonly<Record<string, EnvironmentInput>>),
  };
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(path.resolve(file)).href);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new BridgeError('SKB_CONFIG_INVALID', `${file} cannot be loaded: ${reason}`, { cause });
  }
}
