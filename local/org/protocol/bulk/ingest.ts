import { readCsv, writeCsv } from '../../jobs/csv.ts';
import type { IngestJob, JobBase } from '../../jobs/job.ts';
import type { OrgServices } from '../../services.ts';
import { ApiError, notFound } from '../../store/errors.ts';
import { basePath, bodyObject, type Parameters, type RestHandler } from '../rest/call.ts';
import type { RestAnswer } from '../rest/rest-call.ts';
import { createIngestJob, invalidJob } from './create-ingest.ts';
import { createdJson, infoJson, jobText, listJson, shortJson } from './job-json.ts';
import { parseMultipart } from './multipart.ts';

const largestMultipart = 100_000;
const listPage = 1000;
const deletable = new Set(['UploadComplete', 'JobComplete', 'Failed', 'Aborted']);

export const createIngest: RestHandler = (call, _parameters, services) => {
  const contentType = call.headers['content-type'] ?? '';
  if (!/^multipart\/form-data/i.test(contentType)) {
    const job = services.jobs.add(createIngestJob(call, services, bodyObject(call)));
    return json(200, createdJson(job));
  }
  const parts = parseMultipart(contentType, call.rawBody);
  const content = parts?.get('content');
  if (content === undefined) throw invalidJob('A multipart request has a part named job and a part named content');
  if (content.length > largestMultipart) {
    throw invalidJob(`The content of a multipart request may have ${largestMultipart} characters at most`);
  }
  const job = createIngestJob(call, services, parsePart(parts?.get('job') ?? ''));
  job.uploads.push(content);
  services.jobs.start(services.jobs.add(job));
  return json(200, createdJson(job));
};

function parsePart(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    throw new ApiError(400, 'JSON_PARSER_ERROR', 'The part named job is not valid JSON at [line:1, column:1]');
  }
}

export const uploadIngest: RestHandler = (call, parameters, services) => {
  const job = ingestJob(parameters, services);
  if (job.state !== 'Open') {
    throw new ApiError(
      400,
      'INVALIDJOBSTATE',
      `InvalidJobState : Job state is ${job.state}; data can be uploaded to an open job only`,
    );
  }
  job.uploads.push(call.rawBody);
  return { status: 201 };
};

export const changeIngest: RestHandler = (call, parameters, services) => {
  const job = ingestJob(parameters, services);
  const { state } = bodyObject(call);
  if (state === 'Aborted') {
    if (job.state !== 'Open' && job.state !== 'UploadComplete' && job.state !== 'InProgress')
      throw cannot(job, 'aborted');
    job.state = 'Aborted';
    job.changedAt = services.clock.now();
  } else if (state === 'UploadComplete') {
    if (job.state !== 'Open') throw cannot(job, 'closed');
    if (job.uploads.length > 1) {
      // The text of a real org, its slip included: two uploads are noticed when the job is closed.
      const message = `Found multipe contents for job: <${job.id.slice(0, 15)}>, please 'Close' / 'Abort' / 'Delete' the current Job then create a new Job and make sure you only do 'PUT' once on a given Job.`;
      throw new ApiError(400, 'INVALIDJOB', message);
    }
    services.jobs.start(job);
  } else {
    throw new ApiError(400, 'INVALIDJOBSTATE', `InvalidJobState : Unknown state: ${String(state)}`);
  }
  return json(200, shortJson(job));
};

function cannot(job: IngestJob, what: string): ApiError {
  return new ApiError(400, 'INVALIDJOBSTATE', `InvalidJobState : A job in state ${job.state} cannot be ${what}`);
}

export const ingestInfo: RestHandler = (_call, parameters, services) =>
  json(200, infoJson(ingestJob(parameters, services)));

export const deleteIngest: RestHandler = (_call, parameters, services) => {
  const job = ingestJob(parameters, services);
  if (!deletable.has(job.state)) throw cannot(job, 'deleted');
  services.jobs.remove(job.id);
  return { status: 204 };
};

export const listIngest: RestHandler = (call, _parameters, services) => {
  const from = Number(call.query.get('queryLocator') ?? 0) || 0;
  const all = services.jobs.list().filter(isIngest);
  const end = from + listPage;
  const done = end >= all.length;
  const nextRecordsUrl = done ? null : `${basePath(call)}/jobs/ingest?queryLocator=${end}`;
  return json(200, { done, nextRecordsUrl, records: all.slice(from, end).map(listJson) });
};

export const successfulResults: RestHandler = (_call, parameters, services) => {
  const job = ingestJob(parameters, services);
  return csv(job, [['sf__Id', 'sf__Created', ...job.columns], ...job.successes]);
};

export const failedResults: RestHandler = (_call, parameters, services) => {
  const job = ingestJob(parameters, services);
  return csv(job, [['sf__Id', 'sf__Error', ...job.columns], ...job.failures]);
};

/** The rows that were never tried are read again from the data; only their number was kept. */
export const unprocessedRecords: RestHandler = (_call, parameters, services) => {
  const job = ingestJob(parameters, services);
  const [text = ''] = job.uploads;
  // Data that could not be read comes back as it was.
  if (job.state === 'Failed' && job.processed === 0) return { status: 200, content: { type: 'text/csv', data: text } };
  if (job.state === 'JobComplete') return csv(job, job.columns.length === 0 ? [] : [job.columns]);
  return csv(job, unprocessed(job, text));
};

async function* unprocessed(job: IngestJob, text: string): AsyncGenerator<readonly string[]> {
  let row = 0;
  try {
    for await (const cells of readCsv(text, job) as AsyncIterable<readonly string[]>) {
      if (row === 0 || row > job.processed) yield cells;
      row += 1;
    }
  } catch {
    // Behind this place the data is no CSV, so there are no rows left to give back.
  }
}

function csv(job: JobBase, rows: Iterable<readonly string[]> | AsyncIterable<readonly string[]>): RestAnswer {
  return { status: 200, content: { type: 'text/csv', data: writeCsv(job, rows) } };
}

export function json(status: number, body: unknown): RestAnswer {
  return { status, content: { type: 'application/json;charset=UTF-8', data: jobText(body) } };
}

function ingestJob(parameters: Parameters, services: OrgServices): IngestJob {
  const job = services.jobs.find(parameters['job'] ?? '');
  if (job === undefined || !isIngest(job)) throw notFound();
  return job;
}

function isIngest(job: JobBase): job is IngestJob {
  return 'uploads' in job;
}
