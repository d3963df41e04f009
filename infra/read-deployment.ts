import type { Bridge } from '../shared/bridge/bridge.ts';
import { parseBridge } from '../shared/bridge/define-bridge.ts';
import { BridgeError } from '../shared/errors/bridge-error.ts';
import type { Environment, EnvironmentInput } from './environment-settings.ts';
import { parseEnvironment, readEnvironment } from './read-environment.ts';

/** A definition and where it is deployed, both checked, each by itself. */
export interface Deployment {
  readonly bridge: Bridge;
  readonly environment: Environment;
}

/** @throws BridgeError SKB_CONFIG_INVALID naming every problem of both with its path. */
export function readDeployment(
  definition: unknown,
  name: unknown,
  environments: Readonly<Record<string, EnvironmentInput>>,
): Deployment {
  return both(
    () => parseBridge(definition),
    () => readEnvironment(name, environments),
  );
}

/** @throws BridgeError SKB_CONFIG_INVALID naming every problem of both with its path. */
export function parseDeployment(definition: unknown, name: string, settings: unknown): Deployment {
  return both(
    () => parseBridge(definition),
    () => parseEnvironment(name, settings),
  );
}

function both(readBridge: () => Bridge, readSettings: () => Environment): Deployment {
  const bridge = attempt(readBridge);
  const environment = attempt(readSettings);
  if (!(bridge instanceof BridgeError) && !(environment instanceof BridgeError)) return { bridge, environment };
  const errors = [bridge, environment].filter((each) => each instanceof BridgeError);
  throw new BridgeError('SKB_CONFIG_INVALID', errors.map(({ message }) => message).join('\n'), {
    context: { problems: errors.flatMap(({ context }) => (context['problems'] as string[] | undefined) ?? []) },
  });
}

function attempt<Result>(read: () => Result): Result | BridgeError {
  try {
    return read();
  } catch (error) {
    if (error instanceof BridgeError) return error;
    throw error;
  }
}
