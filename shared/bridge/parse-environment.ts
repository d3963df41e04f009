import type * as z from 'zod/mini';
import { BridgeError } from '../errors/bridge-error.ts';

/**
 * Reads a program's variables; an empty one counts as missing.
 *
 * @throws BridgeError SKB_CONFIG_INVALID naming every variable that is missing or wrong, never its value.
 */
export function parseEnvironment<Schema extends z.ZodMiniType>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const filled = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(filled);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const name = issue.path.join('.');
    return name in filled ? `${name}: ${issue.message}` : `${name}: is missing`;
  });
  throw new BridgeError('SKB_CONFIG_INVALID', `The environment has problems:\n  ${problems.join('\n  ')}`, {
    context: { problems },
  });
}
