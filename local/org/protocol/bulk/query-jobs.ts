import { writeCsv } from '../../jobs/csv.ts';
import {
  type ColumnDelimiter,
  delimiters,
  type JobBase,
  type LineEnding,
  lineEndings,
  type QueryJob,
} from '../../jobs/job.ts';
import { csvSources, resultCells } from '../../jobs/run-bulk-query.ts';
import type { OrgServices } from '../../services.ts';
import { ApiError, notFound } from '../../store/errors.ts';
import { prepareQuery } from '../../store/soql/run-query.ts';
import { basePath, bodyObject, type Parameters, type RestHandler } from '../rest/call.ts';
import type { RestCall } from '../rest/rest-call.ts';
import { invalidJob, oneOf } from './create-ingest.ts';
import { json } from './ingest.ts';
import { queryInfoJson, queryJson } from './job-json.ts';

const listPage = 1000;

export const createQuery: RestHandler = (call, _parameters, services) => {
  const { jobs, settings } = services;
  if (jobs.queryJobsToday() >= settings.dailyBulkQueryJobs) {
    throw new ApiError(400, 'EXCEEDEDQUOTA', 'ExceededQuota : The daily allocation of query jobs is used up.');
  }
  const wanted = bodyObject(call);
  oneOf(wanted, 'contentType', ['CSV'], 'CSV');
  const job = queryJob(call, services, {
    text: typeof wanted['query'] === 'string' ? wanted['query'] : '',
    operation: oneOf<QueryJob['operation']>(wanted, 'operation', ['query', 'queryAll'], undefined),
    columnDelimiter: oneOf(wanted, 'columnDelimiter', Object.keys(delimiters) as ColumnDelimiter[], 'COMMA'),
    lineEnding: oneOf(wanted, 'lineEnding', Object.keys(lineEndings) as LineEnding[], 'LF'),
  });
  jobs.startQuery(jobs.add(job));
  return json(200, queryJson(job));
};

interface WantedQuery {
  readonly text: string;
  readonly operation: QueryJob['operation'];
  readonly columnDelimiter: ColumnDelimiter;
  readonly lineEnding: LineEnding;
}

/** Resolves the query, so that a wrong one is refused at once. */
export function queryJob(
  call: Pick<RestCall, 'session' | 'version'>,
  services: OrgServices,
  wanted: WantedQuery,
): QueryJob {
  const { database, jobs, clock } = services;
  const { text, operation, ...format } = wanted;
  const prepared = prepareQuery(database, text, { includeDeleted: operation === 'queryAll' });
  const now = clock.now();
  return {
    ...format,
    id: jobs.newId(),
    object: prepared.object,
    operation,
    sources: sourcesOf(prepared),
    prepared,
    createdById: call.session.user.id,
    createdAt: now,
    apiVersion: call.version,
    state: 'UploadComplete',
    changedAt: now,
    errorMessage: undefined,
    processingMs: 0,
    rows: [],
  };
}

/** Bulk API 2.0 guide, "SOQL Considerations": no aggregates, OFFSET, TYPEOF, nested queries or compound fields. */
function sourcesOf({ selection, hasOffset }: QueryJob['prepared']): QueryJob['sources'] {
  if (selection === undefined) throw invalidJob('Aggregate queries are not supported by the Bulk API');
  if (hasOffset) throw invalidJob('OFFSET is not supported by the Bulk API');
  const sources = csvSources(selection);
  if ('unfit' in sources) {
    const message = `FeatureNotEnabled : Cannot serialize value for '${sources.unfit}' in CSV format`;
    throw new ApiError(400, 'FEATURENOTENABLED', message);
  }
  return sources;
}

export const queryInfo: RestHandler = (_call, parameters, services) =>
  json(200, queryInfoJson(jobOf(parameters, services)));

export const abortQuery: RestHandler = (call, parameters, services) => {
  const job = jobOf(parameters, services);
  const { state } = bodyObject(call);
  if (state !== 'Aborted' || (job.state !== 'UploadComplete' && job.state !== 'InProgress')) {
    const message = `InvalidJobState : A query job in state ${job.state} cannot become ${String(state)}`;
    throw new ApiError(400, 'INVALIDJOBSTATE', message);
  }
  job.state = 'Aborted';
  job.changedAt = services.clock.now();
  return json(200, queryJson(job));
};

export const deleteQuery: RestHandler = (_call, parameters, services) => {
  const job = jobOf(parameters, services);
  if (job.state === 'UploadComplete' || job.state === 'InProgress') {
    throw new ApiError(400, 'INVALIDJOBSTATE', `InvalidJobState : A query job in state ${job.state} cannot be deleted`);
  }
  services.jobs.remove(job.id);
  return { status: 204 };
};

export const listQueries: RestHandler = (call, _parameters, services) => {
  const from = Number(call.query.get('queryLocator') ?? 0) || 0;
  const all = services.jobs.list().filter(isQuery);
  const end = from + listPage;
  const done = end >= all.length;
  const nextRecordsUrl = done ? null : `${basePath(call)}/jobs/query?queryLocator=${end}`;
  const records = all.slice(from, end).map((job) => ({ ...queryJson(job), jobType: 'V2Query' }));
  return json(200, { done, nextRecordsUrl, records });
};

/** One page of the result; `Sforce-Locator` leads to the next one and is the text `null` on the last. */
export const queryResults: RestHandler = (call, parameters, services) => {
  const job = jobOf(parameters, services);
  if (job.state !== 'JobComplete') {
    throw new ApiError(
      400,
      'INVALIDJOBSTATE',
      `InvalidJobState : The job is in state ${job.state}, there are no results`,
    );
  }
  const from = offsetOf(call.query.get('locator'), job.rows.length);
  const wanted = Number(call.query.get('maxRecords'));
  const size = Number.isInteger(wanted) && wanted > 0 ? wanted : services.settings.bulkQueryPageRows;
  const rows = job.rows.slice(from, from + size);
  const end = from + rows.length;
  const locator = end >= job.rows.length ? 'null' : Buffer.from(String(end)).toString('base64url');
  return {
    status: 200,
    headers: { 'Sforce-Locator': locator, 'Sforce-NumberOfRecords': String(rows.length) },
    content: { type: 'text/csv', data: writeCsv(job, resultCells(job.sources, rows)) },
  };
};

function offsetOf(locator: string | null, length: number): number {
  if (locator === null || locator === '' || locator === 'null') return 0;
  const offset = Number(Buffer.from(locator, 'base64url').toString());
  if (Number.isInteger(offset) && offset > 0 && offset < length) return offset;
  throw new ApiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
}

function jobOf(parameters: Parameters, services: OrgServices): QueryJob {
  const job = services.jobs.find(parameters['job'] ?? '');
  if (job === undefined || !isQuery(job)) throw notFound();
  return job;
}

function isQuery(job: JobBase): job is QueryJob {
  return 'prepared' in job;
}
