/**
 * Why a call to AWS failed, fit to be shown: what a service answers by its name only, since its sentence may quote the call;
 * what the SDK finds out itself, such as a missing region, by its sentence.
 */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown error';
  return '$fault' in cause ? cause.name : cause.message;
}

/** Whether the SDK threw it: for what a service answered, for what did not reach one, or for what it misses to try. */
export function isOfAws(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const missing = error.name === 'CredentialsProviderError' || error.message === 'Region is missing';
  return missing || '$fault' in error || '$metadata' in error;
}
