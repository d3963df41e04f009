import type { CallKind } from '../../faults/counters.ts';
import type { OrgServices } from '../../services.ts';
import { ApiError, notFound, ValueMismatch } from '../../store/errors.ts';
import type { Parameters, RestRoute } from './call.ts';
import type { RestAnswer, RestCall } from './rest-call.ts';
import { restRoutes } from './routes-table.ts';
import { versionStatus } from './versions.ts';

interface Match {
  readonly route: RestRoute;
  readonly parameters: Parameters;
}

/** Serves one call. Refusals become answers; only a defect of the emulator throws. */
export function dispatch(call: RestCall, services: OrgServices): RestAnswer {
  try {
    checkVersion(call, services);
    const { route, parameters } = findRoute(call);
    return route.handle(call, parameters, services);
  } catch (error) {
    return refusal(error, call);
  }
}

/** Refuses a method; the header says the same as the text. */
class MethodRefused extends ApiError {
  readonly allowed: string;

  constructor(method: string, allowed: string) {
    super(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${method}' not allowed. Allowed are ${allowed}`);
    this.allowed = allowed;
  }
}

/** Under which kind a call counts. */
export function kindOf(call: Pick<RestCall, 'method' | 'path'>): CallKind {
  return matchesOf(call.path).find(({ route }) => route.method === call.method)?.route.kind ?? 'other';
}

function checkVersion(call: RestCall, services: OrgServices): void {
  const status = versionStatus(call.version, services.settings.newestApiVersion);
  if (status === 'served') return;
  if (status === 'unknown') throw notFound();
  const message = `API Version ${call.version}.0 has been retired. Upgrade to a supported API version.`;
  throw new ApiError(410, 'GONE', message);
}

function findRoute(call: RestCall): Match {
  const matches = matchesOf(call.path);
  const method = call.method === 'HEAD' ? 'GET' : call.method;
  const match = matches.find(({ route }) => route.method === method);
  if (match !== undefined) return match;
  if (matches.length === 0) throw notFound();
  const allowed = matches.map(({ route }) => route.method).join(',');
  throw new MethodRefused(call.method, allowed);
}

function matchesOf(path: string): readonly Match[] {
  const segments = path === '' ? [] : path.split('/');
  const matches: Match[] = [];
  for (const route of restRoutes) {
    const pattern = route.pattern === '' ? [] : route.pattern.split('/');
    const parameters = pattern.length === segments.length ? parametersOf(pattern, segments) : undefined;
    if (parameters !== undefined) matches.push({ route, parameters });
  }
  // `sobjects/Account/describe` also fits `sobjects/:object/:id`; the fixed name wins, for every method.
  const fixed = matches.filter(({ route }) => !route.pattern.endsWith('/:id') && !route.pattern.endsWith('/:locator'));
  return fixed.length > 0 ? fixed : matches;
}

function parametersOf(pattern: readonly string[], segments: readonly string[]): Parameters | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':')) parameters[part.slice(1)] = decode(segment);
    // Clients write `unprocessedRecords` as well as `unprocessedrecords`.
    else if (part.toLowerCase() !== segment.toLowerCase()) return undefined;
  }
  return parameters;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function refusal(error: unknown, call: RestCall): RestAnswer {
  if (error instanceof MethodRefused) return { status: 405, body: error.body, headers: { Allow: error.allowed } };
  if (error instanceof ApiError) return { status: error.status, body: error.body };
  if (error instanceof ValueMismatch) {
    const place = placeOf(error, call.rawBody);
    const message = `${error.message} or request may be missing a required field at ${place}`;
    return { status: 400, body: [{ message, errorCode: 'JSON_PARSER_ERROR' }] };
  }
  throw error;
}

/** Where the refused value ends in the body, as the parser counts: lines and columns from 1. */
function placeOf({ field, value }: ValueMismatch, rawBody: string): string {
  const literal = JSON.stringify(value) ?? '';
  const quoted = new RegExp(`"${field}"\\s*:\\s*`, 'gi');
  for (let match = quoted.exec(rawBody); match !== null; match = quoted.exec(rawBody)) {
    if (typeof value !== 'object' && !rawBody.startsWith(literal, quoted.lastIndex)) continue;
    const before = rawBody.slice(0, quoted.lastIndex).split('\n');
    return `[line:${before.length}, column:${(before.at(-1) ?? '').length + 1}]`;
  }
  return '[line:1, column:1]';
}
