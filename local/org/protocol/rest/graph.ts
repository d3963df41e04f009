import { ApiError } from '../../store/errors.ts';
import { bodyObject, type RestHandler } from './call.ts';
import { readSubrequests } from './composite.ts';
import { runSubrequests, type Subrequest } from './subrequests.ts';

const maxNodes = 500;
const maxGraphs = 75;
const maxDepth = 15;
/** Different nodes: pairs of method and address without their IDs. */
const maxKinds = 15;
const maxFailedGraphs = 14;

interface Graph {
  readonly graphId: string;
  readonly subrequests: readonly Subrequest[];
}

/** `POST /composite/graph`: each graph is a transaction of its own (REST guide, `resources_composite_graph_limits.htm`). */
export const graph: RestHandler = (call, _parameters, services) => {
  const graphs = readGraphs(bodyObject(call)['graphs']);
  let failures = 0;
  const results = graphs.map(({ graphId, subrequests }) => {
    if (failures >= maxFailedGraphs) return haltedGraph(graphId, subrequests);
    const { answers, failed } = runSubrequests(call, services, subrequests, true);
    if (failed) failures += 1;
    return { graphId, graphResponse: { compositeResponse: answers }, isSuccessful: !failed };
  });
  return { status: 200, body: { graphs: results } };
};

function haltedGraph(graphId: string, subrequests: readonly Subrequest[]) {
  const message = `The graph was not processed because ${maxFailedGraphs} graphs before it failed.`;
  const compositeResponse = subrequests.map(({ referenceId }) => ({
    body: [{ errorCode: 'PROCESSING_HALTED', message }],
    httpHeaders: {},
    httpStatusCode: 400,
    referenceId,
  }));
  return { graphId, graphResponse: { compositeResponse }, isSuccessful: false };
}

function readGraphs(value: unknown): readonly Graph[] {
  if (!Array.isArray(value)) throw new ApiError(400, 'INVALID_INPUT', 'The request body must have an array graphs');
  if (value.length > maxGraphs) throw limit(`The request can have up to ${maxGraphs} graphs.`);
  const ids = new Set<string>();
  let nodes = 0;
  return (value as ({ graphId?: unknown; compositeRequest?: unknown } | null)[]).map((item) => {
    const { graphId, compositeRequest } = item ?? {};
    if (typeof graphId !== 'string') throw new ApiError(400, 'MISSING_ARGUMENT', 'Each graph needs a graphId');
    if (ids.has(graphId)) throw new ApiError(400, 'INVALID_INPUT', `Duplicate graphId: ${graphId}.`);
    ids.add(graphId);
    const subrequests = readSubrequests(compositeRequest, maxNodes);
    nodes += subrequests.length;
    if (nodes > maxNodes) throw limit(`The request can have up to ${maxNodes} nodes.`);
    checkShape(subrequests);
    return { graphId, subrequests };
  });
}

function checkShape(subrequests: readonly Subrequest[]): void {
  const kinds = new Set<string>();
  const depths = new Map<string, number>();
  for (const { method, url, body, referenceId } of subrequests) {
    kinds.add(`${method} ${url.split('/sobjects/')[1]?.split('/')[0] ?? url}`);
    const text = `${url} ${JSON.stringify(body ?? null)}`;
    const parents = [...text.matchAll(/@\{([^.}]+)/g)].map((match) => depths.get(match[1] ?? '') ?? 0);
    depths.set(referenceId, 1 + Math.max(0, ...parents));
  }
  if (kinds.size > maxKinds) throw limit(`A graph can have up to ${maxKinds} different nodes.`);
  if (Math.max(0, ...depths.values()) > maxDepth) throw limit(`A graph can be up to ${maxDepth} nodes deep.`);
}

function limit(text: string): ApiError {
  return new ApiError(400, 'LIMIT_EXCEEDED', `Limit exceeded. ${text}`);
}
