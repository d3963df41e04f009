import type * as z from 'zod/mini';
import { BridgeError } from '../errors/bridge-error.ts';

/** One broken rule: where in the definition, and what it should be. */
export interface Problem {
  readonly path: string;
  readonly rule: string;
}

export function toProblems(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: path === '' ? key : `${path}.${key}`, rule: 'is not a known setting' }));
  }
  if (issue.code === 'invalid_key') {
    return [{ path, rule: issue.issues[0]?.message ?? issue.message }];
  }
  const missing = issue.input === undefined && issue.code === 'invalid_type' ? ' (it is missing)' : '';
  return [{ path: path === '' ? 'bridge' : path, rule: `${issue.message}${missing}` }];
}

/** All problems in one error, one line each. */
export function invalidDefinition(problems: readonly Problem[]): BridgeError {
  const lines = problems.map((problem) => `  ${problem.path}: ${problem.rule}`);
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new BridgeError('SKB_CONFIG_INVALID', `The bridge definition has ${count}:\n${lines.join('\n')}`, {
    context: { problems: problems.map((problem) => `${problem.path}: ${problem.rule}`) },
  });
}
