import { maxRowsPerCall } from './collections.ts';
import { type CollectionsCall, maxCallsPerRequest } from './composite.ts';

export interface CallLimits {
  readonly rowsPerCall: number;
  /** Neighbouring rows of one object are a run; Salesforce takes ten of them in a call of mixed objects. */
  readonly runsPerCall: number;
  readonly callsPerRequest: number;
  /**
   * Characters of a request. Salesforce does not document a limit for composite requests; 50 MB holds for other calls. We
   * stay far below, so that a request is built, sent and answered well within 20 seconds and in little memory, and so that
   * three bytes a character cannot matter.
   */
  readonly charactersPerRequest: number;
  /** A delete names its rows in the URL, of which Salesforce takes 16,384 bytes. */
  readonly charactersPerUrl: number;
}

export const callLimits: CallLimits = {
  rowsPerCall: maxRowsPerCall,
  runsPerCall: 10,
  callsPerRequest: maxCallsPerRequest,
  charactersPerRequest: 4_000_000,
  charactersPerUrl: 12_000,
};

/** Cuts calls of any size, in order, into requests that Salesforce takes. A row that is too large by itself goes alone. */
export function cutCalls(
  calls: readonly CollectionsCall[],
  limits: CallLimits = callLimits,
): readonly (readonly CollectionsCall[])[] {
  const requests: CollectionsCall[][] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const part of calls.flatMap((call) => cutRows(call, limits))) {
    const request = requests.at(-1);
    const fits = characters + part.characters <= limits.charactersPerRequest;
    if (request === undefined || request.length === limits.callsPerRequest || !fits) {
      requests.push([part.call]);
      characters = part.characters;
    } else {
      request.push(part.call);
      characters += part.characters;
    }
  }
  return requests;
}

interface Part {
  readonly call: CollectionsCall;
  readonly characters: number;
}

function cutRows(call: CollectionsCall, limits: CallLimits): Part[] {
  const parts: { rows: CollectionsCall['rows'][number][]; characters: number; runs: number; type: string }[] = [];
  const mostCharacters = call.operation === 'delete' ? limits.charactersPerUrl : limits.charactersPerRequest;
  for (const row of call.rows) {
    const size = call.operation === 'delete' ? 25 : charactersOf(row);
    const type = typeOf(row) ?? call.object;
    const part = parts.at(-1);
    const newRun = part?.type === type ? 0 : 1;
    if (
      part === undefined ||
      part.rows.length === limits.rowsPerCall ||
      part.characters + size > mostCharacters ||
      part.runs + newRun > limits.runsPerCall
    ) {
      parts.push({ rows: [row], characters: size, runs: 1, type });
    } else {
      part.rows.push(row);
      part.characters += size;
      part.runs += newRun;
      part.type = type;
    }
  }
  return parts.map(({ rows, characters }) => ({ call: { ...call, rows }, characters }));
}

function typeOf(row: Readonly<Record<string, unknown>>): string | undefined {
  const attributes = row['attributes'] as { readonly type?: unknown } | undefined;
  return typeof attributes?.type === 'string' ? attributes.type : undefined;
}

/** Nearly the length of a row as JSON, without making the JSON. */
function charactersOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 12;
  let characters = 40;
  for (const name in value) characters += name.length + 4 + charactersOf((value as Record<string, unknown>)[name]);
  return characters;
}
