import { isOfAws, reasonOf } from '../shared/aws/reason-of.ts';
import { BridgeError } from '../shared/errors/bridge-error.ts';

/** What to tell a person of an error that has a reason outside of this program; nothing of a bug, whose stack is worth more. */
export function explainError(error: unknown): string | undefined {
  if (isOfAws(error)) return `AWS: ${reasonOf(error)}`;
  if (!(error instanceof BridgeError)) return undefined;
  const why =
    isOfAws(error.cause) && !error.message.includes(reasonOf(error.cause)) ? `: ${reasonOf(error.cause)}` : '';
  return `${error.code}: ${error.message}${why}`;
}
