import type { EnvironmentInput } from '../infra/environment-settings.ts';
import { type Deployment, readDeployment } from '../infra/read-deployment.ts';
import { definitionIn, loadModule } from '../shared/bridge/load-module.ts';
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
  const [ofBridge, ofEnvironments] = [await loadModule(options.bridge), await loadModule(options.environments)];
  const definition = definitionIn(options.bridge, ofBridge);
  const { environments } = ofEnvironments;
  if (typeof environments !== 'object' || environments === null || Array.isArray(environments)) {
    throw new BridgeError('SKB_CONFIG_INVALID', `${options.environments} must export environments by their names`);
  }
  return readDeployment(definition, options.env, environments as Readonly<Record<string, EnvironmentInput>>);
}
