import type * as z from 'zod/mini';
import { BridgeError } from '../errors/bridge-error.ts';

/**
 * Reads a program's variables; an empty one counts as missing.
 *
 * @param furtherProblems rules that no single variable can break; asked also when others are broken already.
 * @throws BridgeError SKB_CONFIG_INVALID naming every variable that is missing or wrong, never its value, since it may be
 *   a secret put in the wrong place.
 */
export function parseEnvironment<Schema extends z.ZodMiniType>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
  furtherProblems: (filled: Readonly<Record<string, string | undefined>>) => readonly string[] = () => [],
): z.output<Schema> {
  const filled = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''));
  const parsed = schema.safeParse(filled);
  const issues = parsed.success ? [] : parsed.error.issues;
  const problems = issues.map((issue) => {
    const name = issue.path.join('.');
    return filled[name] !== undefined || issue.message.startsWith('is missing')
      ? `${name}: ${issue.message}`
      : `${name}: is missing`;
  });
  problems.push(...furtherProblems(filled));
  if (parsed.success && problems.length === 0) return parsed.data;
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  throw new BridgeError('SKB_CONFIG_INVALID', `The environment has ${count}:\n  ${problems.join('\n  ')}`, {
    context: { problems },
  });
}
