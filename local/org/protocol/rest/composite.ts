import type { OrgServices } from '../../services.ts';
import { ApiError } from '../../store/errors.ts';
import type { Transaction } from '../../store/transaction.ts';
import { bodyObject, type RestAnswer, type RestCall, type RestHandler, writeContext } from './call.ts';
import { fillReferences, UnresolvedReference } from './composite-references.ts';

const maxSubrequests = 25;
const maxQueriesAndCollections = 5;

interface Subrequest {
  readonly method: string;
  readonly url: string;
  readonly referenceId: string;
  readonly body?: unknown;
  readonly httpHeaders?: Readonly<Record<string, string>>;
}

interface Subanswer {
  readonly body: unknown;
  readonly httpHeaders: Readonly<Record<string, string>>;
  readonly httpStatusCode: number;
  readonly referenceId: string;
}

/** `POST /composite`: one API call, up to 25 sub-requests in order, five of them queries or collections. */
export const composite: RestHandler = (call, _parameters, services) => {
  const body = bodyObject(call);
  const subrequests = readSubrequests(body['compositeRequest']);
  const allOrNone = body['allOrNone'] === true;
  const transaction = allOrNone ? services.database.begin(writeContext(call, services, 'request')) : undefined;
  const bodies = new Map<string, unknown>();
  const answers: Subanswer[] = [];
  let culprit: string | undefined;
  for (const subrequest of subrequests) {
    const { referenceId } = subrequest;
    if (culprit !== undefined && allOrNone) {
      answers.push(halted(referenceId, rolledBackMessage));
      continue;
    }
    const answer = runOne(call, services, subrequest, bodies, transaction);
    if (answer.httpStatusCode < 400) bodies.set(referenceId, answer.body);
    if (isFailure(answer)) culprit ??= referenceId;
    answers.push(answer);
  }
  if (transaction !== undefined && culprit === undefined) transaction.commit();
  if (transaction === undefined || culprit === undefined) return { status: 200, body: { compositeResponse: answers } };
  transaction.rollback();
  const responses = answers.map((answer) =>
    isFailure(answer) ? answer : halted(answer.referenceId, rolledBackMessage),
  );
  return { status: 200, body: { compositeResponse: responses } };
};

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
function serve(
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

function readSubrequests(value: unknown): readonly Subrequest[] {
  if (!Array.isArray(value)) {
    throw new ApiError(400, 'INVALID_INPUT', 'The request body must have an array compositeRequest');
  }
  if (value.length > maxSubrequests) {
    throw new ApiError(
      400,
      'LIMIT_EXCEEDED',
      `Limit exceeded. The composite request can have up to ${maxSubrequests} subrequests.`,
    );
  }
  const subrequests = value as Partial<Subrequest>[];
  const seen = new Set<string>();
  let heavy = 0;
  for (const item of subrequests) {
    const { method, url, referenceId } = item ?? {};
    if (typeof method !== 'string' || typeof url !== 'string' || typeof referenceId !== 'string') {
      throw new ApiError(400, 'MISSING_ARGUMENT', 'Each subrequest needs method, url and referenceId');
    }
    if (seen.has(referenceId)) {
      throw new ApiError(
        400,
        'INVALID_INPUT',
        `Duplicate referenceId: ${referenceId}. Reference IDs must be unique in a composite request.`,
      );
    }
    seen.add(referenceId);
    if (/\/v\d+(?:\.\d+)?\/(?:query|queryAll|composite\/sobjects)\b/.test(url)) heavy += 1;
  }
  if (heavy > maxQueriesAndCollections) {
    const message = `Limit exceeded. The composite request can have up to ${maxQueriesAndCollections} query and sObject collections subrequests.`;
    throw new ApiError(400, 'LIMIT_EXCEEDED', message);
  }
  return subrequests as Subrequest[];
}

/** `POST /composite/batch`: independent sub-requests, each an API call of its own. */
export const batch: RestHandler = (call, _parameters, services) => {
  const body = bodyObject(call);
  const requests: unknown = body['batchRequests'];
  if (!Array.isArray(requests) || requests.length > maxSubrequests) {
    throw new ApiError(400, 'LIMIT_EXCEEDED', `A batch takes up to ${maxSubrequests} batchRequests.`);
  }
  const results: { statusCode: number; result: unknown }[] = [];
  let hasErrors = false;
  for (const given of requests as ({ method?: unknown; url?: unknown; richInput?: unknown } | null)[]) {
    const item = given ?? {};
    if (hasErrors && body['haltOnError'] === true) {
      const result = [{ errorCode: 'BATCH_PROCESSING_HALTED', message: 'Batch processing halted per request' }];
      results.push({ statusCode: 412, result });
      continue;
    }
    // Here the URL begins with the version.
    const url = `/services/data/${String(item.url).replace(/^\/?(?:services\/data\/)?/, '')}`;
    const subrequest = { method: String(item.method), url, referenceId: '' };
    const answer = serve(call, services, subrequest, url, item.richInput, undefined);
    if (answer.status >= 400) hasErrors = true;
    results.push({ statusCode: answer.status, result: answer.body ?? null });
  }
  return { status: 200, body: { hasErrors, results } };
};
