import type { OrgServices } from '../../services.ts';
import type { ObjectDefinition, Row } from '../../store/definitions.ts';
import { ApiError } from '../../store/errors.ts';
import { runQuery } from '../../store/soql/run-query.ts';
import type { Selection } from '../../store/soql/selection.ts';
import { basePath, type RestHandler } from './call.ts';
import { explain } from './explain.ts';
import type { KeptRows } from './query-locators.ts';
import { aggregateRecords, type RecordContext, selectedRecord } from './query-records.ts';
import type { RestAnswer, RestCall } from './rest-call.ts';

const largestPage = 2000;
const smallestPage = 200;

export const query: RestHandler = (call, _parameters, services) => firstPage(call, services, 'query');
export const queryAll: RestHandler = (call, _parameters, services) => firstPage(call, services, 'queryAll');

export const queryMore: RestHandler = (call, parameters, services) => {
  const { id, kept, offset } = services.locators.find(parameters['locator'] ?? '');
  const resource = call.path.startsWith('queryAll') ? 'queryAll' : 'query';
  return { status: 200, body: page(call, services, kept, offset, id, resource) };
};

function firstPage(call: RestCall, services: OrgServices, resource: 'query' | 'queryAll'): RestAnswer {
  const explained = call.query.get('explain');
  if (explained !== null) return explain(explained, services);
  const text = call.query.get('q');
  if (text === null) throw new ApiError(400, 'MALFORMED_QUERY', 'A query string has to be specified');
  const result = runQuery(services.database, text, { includeDeleted: resource === 'queryAll' });
  if (result.kind === 'count') return { status: 200, body: { totalSize: result.count, done: true, records: [] } };
  if (result.kind === 'groups') {
    const records = aggregateRecords(result);
    return { status: 200, body: { totalSize: records.length, done: true, records } };
  }
  const kept = { ...result, pageSize: pageSize(call, largestPage) };
  return { status: 200, body: page(call, services, kept, 0, undefined, resource) };
}

/** One page of a query, or of the children of one row in it. */
function page(
  call: RestCall,
  services: OrgServices,
  kept: KeptRows,
  offset: number,
  locator: string | undefined,
  resource: 'query' | 'queryAll',
) {
  const { object, selection, rows } = kept;
  const base = basePath(call);
  const context: RecordContext = {
    database: services.database,
    base,
    childPage: (childObject: ObjectDefinition, childSelection: Selection, childRows: readonly Row[]) =>
      page(
        call,
        services,
        { object: childObject, selection: childSelection, rows: childRows, pageSize: kept.pageSize },
        0,
        undefined,
        resource,
      ),
  };
  const end = offset + pageSize(call, kept.pageSize);
  const records = rows.slice(offset, end).map((row) => selectedRecord(context, object, selection, row));
  if (end >= rows.length) return { totalSize: rows.length, done: true, records };
  const id = locator ?? services.locators.keep(kept);
  return { totalSize: rows.length, done: false, nextRecordsUrl: `${base}/${resource}/${id}-${end}`, records };
}

/** `Sforce-Query-Options: batchSize=…`, from 200 to 2,000. */
function pageSize(call: RestCall, otherwise: number): number {
  const wanted = Number(/batchSize=(\d+)/i.exec(call.headers['sforce-query-options'] ?? '')?.[1] ?? otherwise);
  return Math.min(largestPage, Math.max(smallestPage, wanted));
}
