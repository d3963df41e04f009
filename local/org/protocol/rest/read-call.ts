import type { FastifyRequest } from 'fastify';
import { ApiError, notFound } from '../../store/errors.ts';
import type { Session } from '../oauth/sessions.ts';
import { contentTypeProblem, jsonProblem } from './json-body.ts';
import type { RestCall } from './rest-call.ts';
import { parseDataUrl } from './subrequests.ts';

/** One REST call from the wire, or why it cannot be read. */
export function readCall(request: FastifyRequest, session: Session): RestCall | { readonly refusal: ApiError } {
  const target = parseDataUrl(request.url);
  if (target === undefined) return { refusal: notFound() };
  const rawBody = typeof request.body === 'string' ? request.body : '';
  const contentType = request.headers['content-type'];
  const wrongType = rawBody === '' ? undefined : contentTypeProblem(contentType);
  // Data of a bulk job comes as text; its own resources read it.
  const isJobData = target.path.startsWith('jobs/') && wrongType !== undefined;
  if (wrongType !== undefined && !isJobData) {
    return { refusal: new ApiError(415, 'UNSUPPORTED_MEDIA_TYPE', wrongType) };
  }
  let body: unknown;
  if (!isJobData && rawBody.trim() !== '') {
    try {
      body = JSON.parse(rawBody);
    } catch {
      return { refusal: new ApiError(400, 'JSON_PARSER_ERROR', jsonProblem(rawBody) ?? 'Malformed JSON') };
    }
  }
  // Clients that cannot send PATCH say so in the query.
  const method =
    request.method === 'POST' ? (target.query.get('_HttpMethod')?.toUpperCase() ?? 'POST') : request.method;
  const headers = request.headers as Readonly<Record<string, string | undefined>>;
  return { ...target, method, body, rawBody, headers, session };
}
