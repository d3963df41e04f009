import { toProblems } from '../shared/bridge/problems.ts';
import { readable } from '../shared/bridge/readable.ts';
import { BridgeError } from '../shared/errors/bridge-error.ts';
import { checkTogether } from './check-together.ts';
import { type Environment, type EnvironmentInput, environmentSchema } from './environment-settings.ts';

/**
 * Finds an environment by name, checks it and fills in the defaults.
 *
 * @throws BridgeError SKB_CONFIG_INVALID naming every problem with its path.
 */
export function readEnvironment(name: unknown, environments: Readonly<Record<string, EnvironmentInput>>): Environment {
  const known = Object.keys(environments).join(', ');
  if (typeof name !== 'string' || name === '') {
    throw new BridgeError(
      'SKB_CONFIG_INVALID',
      `Say which environment: -c env=NAME to the CDK, --env NAME to bridge, with one of ${known}`,
    );
  }
  if (!Object.hasOwn(environments, name)) {
    throw new BridgeError('SKB_CONFIG_INVALID', `There is no environment ${name}; environments.ts has ${known}`);
  }
  return parseEnvironment(name, environments[name]);
}

/** @throws BridgeError SKB_CONFIG_INVALID naming every problem with its path. */
export function parseEnvironment(name: string, input: unknown): Environment {
  const { data, error } = environmentSchema.safeParse(input, { reportInput: true });
  const problems = [
    ...(isName(name) ? [] : [nameRule]),
    ...(error?.issues ?? []).flatMap((issue) => toProblems(issue, 'environment')),
    ...checkTogether(name, readable(environmentSchema, input)),
  ].map(({ path, rule }) => `${path}: ${rule}`);
  if (data === undefined || problems.length > 0) throw invalid(name, problems);
  return { name, ...data };
}

const nameRule = { path: 'name', rule: 'must start with a letter and have at most 16 a-z, 0-9 or hyphens' };

/** It is part of names of tables, secrets and stacks. */
function isName(name: unknown): boolean {
  return typeof name === 'string' && /^[a-z][a-z0-9-]{0,15}$/.test(name);
}

function invalid(name: string, problems: readonly string[]): BridgeError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new BridgeError('SKB_CONFIG_INVALID', `Environment ${name} has ${count}:\n  ${problems.join('\n  ')}`, {
    context: { problems },
  });
}
