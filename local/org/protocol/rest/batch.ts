import { ApiError } from '../../store/errors.ts';
import { bodyObject, type RestHandler } from './call.ts';
import { serve } from './subrequests.ts';

const maxRequests = 25;

interface BatchRequest {
  readonly method?: unknown;
  readonly url?: unknown;
  readonly richInput?: unknown;
}

/** `POST /composite/batch`: independent sub-requests, each an API call of its own. */
export const batch: RestHandler = (call, _parameters, services) => {
  const body = bodyObject(call);
  const requests: unknown = body['batchRequests'];
  if (!Array.isArray(requests) || requests.length > maxRequests) {
    throw new ApiError(400, 'LIMIT_EXCEEDED', `A batch takes up to ${maxRequests} batchRequests.`);
  }
  const results: { statusCode: number; result: unknown }[] = [];
  let hasErrors = false;
  for (const given of requests as (BatchRequest | null)[]) {
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
