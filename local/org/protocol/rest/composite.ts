import { ApiError } from '../../store/errors.ts';
import { bodyObject, type RestHandler } from './call.ts';
import { runSubrequests, type Subrequest } from './subrequests.ts';

const maxSubrequests = 25;
const maxQueriesAndCollections = 5;

/** `POST /composite`: one API call, up to 25 sub-requests in order, five of them queries or collections. */
export const composite: RestHandler = (call, _parameters, services) => {
  const body = bodyObject(call);
  const subrequests = readSubrequests(body['compositeRequest']);
  const { answers } = runSubrequests(call, services, subrequests, body['allOrNone'] === true);
  return { status: 200, body: { compositeResponse: answers } };
};

/** The sub-requests of a body, checked for what each must have and for the limits of one composite. */
export function readSubrequests(value: unknown, max = maxSubrequests): readonly Subrequest[] {
  if (!Array.isArray(value)) {
    throw new ApiError(400, 'INVALID_INPUT', 'The request body must have an array compositeRequest');
  }
  if (value.length > max) {
    throw new ApiError(
      400,
      'LIMIT_EXCEEDED',
      `Limit exceeded. The composite request can have up to ${max} subrequests.`,
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
  if (max === maxSubrequests && heavy > maxQueriesAndCollections) {
    const message = `Limit exceeded. The composite request can have up to ${maxQueriesAndCollections} query and sObject collections subrequests.`;
    throw new ApiError(400, 'LIMIT_EXCEEDED', message);
  }
  return subrequests as Subrequest[];
}
