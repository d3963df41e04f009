import type { OrgServices } from '../../services.ts';
import { Transaction } from '../../store/transaction.ts';
import { writeContext } from './call.ts';
import { fillReferences, UnresolvedReference } from './composite-references.ts';
import type { RestAnswer, RestCall } from './rest-call.ts';

export interface Subrequest {
  readonly method: string;
  readonly url: string;
  readonly referenceId: string;
  readonly body?: unknown;
  readonly httpHeaders?: Readonly<Record<string, string>>;
}

export interface Subanswer {
  readonly body: unknown;
  readonly httpHeaders: Readonly<Record<string, string>>;
  readonly httpStatusCode: number;
  readonly referenceId: string;
}

/**
 * Runs sub-requests in order. All or none: one transaction, taken back with the first failure, and what is left is not even
 * tried; otherwise each stands alone and only those that refer to a failed one are halted.
 */
export function runSubrequests(
  call: RestCall,
  services: OrgServices,
  subrequests: readonly Subrequest[],
  allOrNone: boolean,
): { readonly answers: readonly Subanswer[]; readonly failed: boolean } {
  const transaction = allOrNone
    ? new Transaction(services.database, writeContext(call, services, 'request'))
    : undefined;
  const bodies = new Map<string, unknown>();
  const answers: Subanswer[] = [];
  let failed = false;
  for (const subrequest of subrequests) {
    if (failed && allOrNone) {
      answers.push(halted(subrequest.referenceId, rolledBackMessage));
      continue;
    }
    const answer = runOne(call, services, subrequest, bodies, transaction);
    if (answer.httpStatusCode < 400) bodies.set(subrequest.referenceId, answer.body);
    if (isFailure(answer)) failed = true;
    answers.push(answer);
  }
  if (transaction === undefined) return { answers, failed };
  if (!failed) {
    transaction.commit();
    return { answers, failed };
  }
  transaction.rollback();
  const responses = answers.map((answer) =>
    isFailure(answer) ? answer : halted(answer.referenceId, rolledBackMessage),
  );
  return { answers: responses, failed };
}

const rolledBackMessage = 'The transaction was rolled back since another operation in the same transaction failed.';

function halted(referenceId: string, message: string): Subanswer {
  return { body: [{ errorCode: 'PROCESSING_HALTED', message }], httpHeaders: {}, httpStatusCode: 400, referenceId };
}

/** A collections sub-request answers 200 even when rows failed; in an all-or-none composite that fails it too. */
function isFailure({ httpStatusCode, body }: Subanswer): boolean {
  if (httpStatusCode >= 400) return true;
  return Array.isArray(body) && body.some((row: { readonly success?: unknown } | null) => row?.success === false);
}

function runOne(
  call: RestCall,
  services: OrgServices,
  subrequest: Subrequest,
  bodies: ReadonlyMap<string, unknown>,
  transaction: Transaction | undefined,
): Subanswer {
  const { referenceId } = subrequest;
  try {
    const url = String(fillReferences(subrequest.url, bodies));
    const body = fillReferences(subrequest.body, bodies);
    const answer = serve(call, services, subrequest, url, body, transaction);
    return { body: answer.body ?? null, httpHeaders: answer.headers ?? {}, httpStatusCode: answer.status, referenceId };
  } catch (error) {
    if (error instanceof UnresolvedReference) return halted(referenceId, error.message);
    throw error;
  }
}

/** Serves a sub-request like a call of its own; a URL that leads nowhere is its failure, not that of the whole request. */
export function serve(
  call: RestCall,
  services: OrgServices,
  { method, httpHeaders }: Subrequest,
  url: string,
  body: unknown,
  transaction: Transaction | undefined,
): RestAnswer {
  const target = parseDataUrl(url);
  if (target === undefined) {
    return { status: 400, body: [{ errorCode: 'INVALID_INPUT', message: `Invalid subrequest URL: ${url}` }] };
  }
  const headers = Object.entries(httpHeaders ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  const { transaction: _outer, ...outer } = call;
  return services.dispatch({
    ...outer,
    ...target,
    ...(transaction === undefined ? {} : { transaction }),
    method: method.toUpperCase(),
    body,
    rawBody: body === undefined ? '' : JSON.stringify(body),
    headers: { ...call.headers, ...Object.fromEntries(headers) },
  });
}

/** Path, query and version of a sub-request's URL; the host part and the leading slash may be missing. */
export function parseDataUrl(url: string): Pick<RestCall, 'path' | 'query' | 'version'> | undefined {
  const match = /(?:^|\/)services\/data\/v(\d+)(?:\.\d+)?(?:\/([^?]*))?(?:\?(.*))?$/.exec(url);
  if (match === null) return undefined;
  const path = (match[2] ?? '').replace(/\/+$/, '');
  return { version: Number(match[1]), path, query: new URLSearchParams(match[3] ?? '') };
}
