import type { OrgServices } from '../../services.ts';
import { ApiError } from '../../store/errors.ts';
import { type QueryResult, runQuery } from '../../store/soql/run-query.ts';
import { basePath, type RestAnswer, type RestCall, type RestHandler } from './call.ts';
import { projectedJson } from './record-json.ts';

const largestPage = 2000;
const smallestPage = 200;

export const query: RestHandler = (call, _parameters, services) => firstPage(call, services, 'query');
export const queryAll: RestHandler = (call, _parameters, services) => firstPage(call, services, 'queryAll');

export const queryMore: RestHandler = (call, parameters, services) => {
  const { id, result, offset } = services.locators.find(parameters['locator'] ?? '');
  const resource = call.path.startsWith('queryAll') ? 'queryAll' : 'query';
  return page(call, services, result, offset, id, resource);
};

function firstPage(call: RestCall, services: OrgServices, resource: 'query' | 'queryAll'): RestAnswer {
  const text = call.query.get('q');
  if (text === null) throw new ApiError(400, 'MALFORMED_QUERY', 'A query string has to be specified');
  const result = runQuery(services.database, text, { includeDeleted: resource === 'queryAll' });
  const { selection, rows } = result;
  if (selection.countOnly) return { status: 200, body: { totalSize: rows.length, done: true, records: [] } };
  if (selection.counts.length > 0) {
    const counts = selection.counts.map(({ path, alias }) => [
      alias,
      rows.filter((row) => path.read(row) !== null).length,
    ]);
    const record = { attributes: { type: 'AggregateResult' }, ...Object.fromEntries(counts) };
    return { status: 200, body: { totalSize: 1, done: true, records: [record] } };
  }
  return page(call, services, result, 0, undefined, resource);
}

function page(
  call: RestCall,
  services: OrgServices,
  result: QueryResult,
  offset: number,
  locator: string | undefined,
  resource: 'query' | 'queryAll',
): RestAnswer {
  const { object, selection, rows } = result;
  const base = basePath(call);
  const end = offset + pageSize(call);
  const records = rows
    .slice(offset, end)
    .map((row) => projectedJson(services.database, object, row, selection.paths, base));
  if (end >= rows.length) return { status: 200, body: { totalSize: rows.length, done: true, records } };
  const id = locator ?? services.locators.keep(result);
  const nextRecordsUrl = `${base}/${resource}/${id}-${end}`;
  return { status: 200, body: { totalSize: rows.length, done: false, nextRecordsUrl, records } };
}

/** `Sforce-Query-Options: batchSize=…`, from 200 to 2,000. */
function pageSize(call: RestCall): number {
  const wanted = Number(/batchSize=(\d+)/i.exec(call.headers['sforce-query-options'] ?? '')?.[1] ?? largestPage);
  return Math.min(largestPage, Math.max(smallestPage, wanted));
}
