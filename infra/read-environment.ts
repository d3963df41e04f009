import type * as z from 'zod';
import { BridgeError } from '../shared/errors/bridge-error.ts';
import { checkTogether } from './check-together.ts';
import {
  type Environment,
  type EnvironmentInput,
  type EnvironmentSettings,
  environmentSchema,
} from './environment-settings.ts';

/**
 * Finds an environment by name, checks it and fills in the defaults.
 *
 * @throws BridgeError SKB_CONFIG_INVALID naming every problem with its path.
 */
export function readEnvironment(name: unknown, environments: Readonly<Record<string, EnvironmentInput>>): Environment {
  const known = Object.keys(environments).join(', ');
  if (typeof name !== 'string' || name === '') {
    throw new BridgeError('SKB_CONFIG_INVALID', `Say which environment: -c env=NAME, with one of ${known}`);
  }
  if (!Object.hasOwn(environments, name)) {
    throw new BridgeError('SKB_CONFIG_INVALID', `There is no environment ${name}; environments.ts has ${known}`);
  }
  return parseEnvironment(name, environments[name]);
}

/** @throws BridgeError SKB_CONFIG_INVALID naming every problem with its path. */
export function parseEnvironment(name: string, input: unknown): Environment {
  const parsed = environmentSchema.safeParse(input, { reportInput: true });
  const problems = [
    ...(isName(name) ? [] : ['name: must start with a letter and have at most 16 a-z, 0-9 or hyphens']),
    ...(parsed.success ? [] : parsed.error.issues.flatMap(describe)),
    ...checkTogether(name, parsed.success ? parsed.data : wellFormedOf(input)),
  ];
  if (!parsed.success || problems.length > 0) throw invalid(name, problems);
  return { name, ...parsed.data };
}

/** It is part of names of tables, secrets and stacks. */
function isName(name: string): boolean {
  return /^[a-z][a-z0-9-]{0,15}$/.test(name);
}

/** The settings that are right by themselves, with their defaults, though others are not. */
function wellFormedOf(input: unknown): Partial<EnvironmentSettings> {
  if (typeof input !== 'object' || input === null) return {};
  const given = input as Readonly<Record<string, unknown>>;
  const wellFormed = Object.entries(environmentSchema.shape).flatMap(([key, schema]) => {
    const parsed = schema.safeParse(given[key]);
    return parsed.success ? [[key, parsed.data]] : [];
  });
  return Object.fromEntries(wellFormed) as Partial<EnvironmentSettings>;
}

function describe(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${path === '' ? key : `${path}.${key}`}: is not a known setting`);
  }
  const missing = issue.input === undefined ? ' (it is missing)' : '';
  return [`${path === '' ? 'environment' : path}: ${issue.message}${missing}`];
}

function invalid(name: string, problems: readonly string[]): BridgeError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new BridgeError('SKB_CONFIG_INVALID', `Environment ${name} has ${count}:\n  ${problems.join('\n  ')}`, {
    context: { problems },
  });
}
