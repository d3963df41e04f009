import type { RestRoute } from '../rest/call.ts';
import {
  changeIngest,
  createIngest,
  deleteIngest,
  failedResults,
  ingestInfo,
  listIngest,
  successfulResults,
  unprocessedRecords,
  uploadIngest,
} from './ingest.ts';
import { abortQuery, createQuery, deleteQuery, listQueries, queryInfo, queryResults } from './query-jobs.ts';

/** Bulk API 2.0 below `/services/data/vNN.0`. */
export const bulkRoutes: readonly RestRoute[] = [
  { method: 'POST', pattern: 'jobs/ingest', kind: 'other', handle: createIngest },
  { method: 'GET', pattern: 'jobs/ingest', kind: 'other', handle: listIngest },
  { method: 'GET', pattern: 'jobs/ingest/:job', kind: 'other', handle: ingestInfo },
  { method: 'PATCH', pattern: 'jobs/ingest/:job', kind: 'other', handle: changeIngest },
  { method: 'DELETE', pattern: 'jobs/ingest/:job', kind: 'other', handle: deleteIngest },
  { method: 'PUT', pattern: 'jobs/ingest/:job/batches', kind: 'other', handle: uploadIngest },
  { method: 'GET', pattern: 'jobs/ingest/:job/successfulResults', kind: 'other', handle: successfulResults },
  { method: 'GET', pattern: 'jobs/ingest/:job/failedResults', kind: 'other', handle: failedResults },
  { method: 'GET', pattern: 'jobs/ingest/:job/unprocessedrecords', kind: 'other', handle: unprocessedRecords },
  { method: 'POST', pattern: 'jobs/query', kind: 'other', handle: createQuery },
  { method: 'GET', pattern: 'jobs/query', kind: 'other', handle: listQueries },
  { method: 'GET', pattern: 'jobs/query/:job', kind: 'other', handle: queryInfo },
  { method: 'PATCH', pattern: 'jobs/query/:job', kind: 'other', handle: abortQuery },
  { method: 'DELETE', pattern: 'jobs/query/:job', kind: 'other', handle: deleteQuery },
  { method: 'GET', pattern: 'jobs/query/:job/results', kind: 'other', handle: queryResults },
];
