import type * as z from 'zod/mini';
import { BridgeError } from '../errors/bridge-error.ts';

/** One broken rule: where in the definition, and what it should be. */
export interface Problem {
  readonly path: string;
  readonly rule: string;
}

/** How the library begins where a schema has no words of its own; it says more where its English texts are loaded. */
const wordless = 'Invalid input';

const kinds: Readonly<Record<string, string>> = {
  object: 'an object of settings',
  record: 'an object with a name for each',
  array: 'a list',
  string: 'a text',
};

/** @param whole what to call all of it, where the path is empty. */
export function toProblems(issue: z.core.$ZodIssue, whole: string): Problem[] {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: path === '' ? key : `${path}.${key}`, rule: 'is not a known setting' }));
  }
  if (issue.code === 'invalid_key') {
    return [{ path, rule: issue.issues[0]?.message ?? issue.message }];
  }
  const meant = issue.code === 'invalid_union' ? optionMeant(issue.errors) : undefined;
  if (meant !== undefined) {
    return meant.flatMap((each) => toProblems({ ...each, path: [...issue.path, ...each.path] }, whole));
  }
  const missing = issue.input === undefined && issue.code === 'invalid_type' ? ' (it is missing)' : '';
  return [{ path: path === '' ? whole : path, rule: `${ruleOf(issue)}${missing}` }];
}

/** What is wrong with the only option of a union that is of the right kind. */
function optionMeant(options: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const [only, ...others] = options.filter((issues) => !issues.some(isOfAnotherKind));
  return others.length === 0 ? only : undefined;
}

function isOfAnotherKind({ code, path }: z.core.$ZodIssue): boolean {
  return code === 'invalid_type' && path.length === 0;
}

function ruleOf(issue: z.core.$ZodIssue): string {
  if (!issue.message.startsWith(wordless) || issue.code !== 'invalid_type') return issue.message;
  return `must be ${kinds[issue.expected] ?? issue.expected}`;
}

/** All problems in one error, one line each. */
export function invalidDefinition(problems: readonly Problem[]): BridgeError {
  const lines = problems.map((problem) => `  ${problem.path}: ${problem.rule}`);
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new BridgeError('SKB_CONFIG_INVALID', `The bridge definition has ${count}:\n${lines.join('\n')}`, {
    context: { problems: problems.map((problem) => `${problem.path}: ${problem.rule}`) },
  });
}
