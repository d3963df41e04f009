import type { IngestJob, JobBase, QueryJob } from '../../jobs/job.ts';

const sharedKeys = { concurrencyMode: 'Parallel', contentType: 'CSV' } as const;

function time(milliseconds: number): string {
  return new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().replace('Z', '+0000');
}

function head(job: JobBase, operation: string) {
  return {
    id: job.id,
    operation,
    object: job.object.name,
    createdById: job.createdById,
    createdDate: time(job.createdAt),
    systemModstamp: time(job.changedAt),
    state: job.state,
  };
}

function csvKeys(job: JobBase) {
  return { lineEnding: job.lineEnding, columnDelimiter: job.columnDelimiter };
}

function externalId(job: IngestJob) {
  return {
    ...(job.externalIdField === undefined ? {} : { externalIdFieldName: job.externalIdField.name }),
    ...(job.assignmentRuleId === undefined ? {} : { assignmentRuleId: job.assignmentRuleId }),
  };
}

function contentUrl(job: IngestJob): string {
  return `services/data/v${job.apiVersion}.0/jobs/ingest/${job.id}/batches`;
}

/** The answer to closing or aborting a job. */
export function shortJson(job: IngestJob) {
  return { ...head(job, job.operation), ...externalId(job), ...sharedKeys, apiVersion: job.apiVersion };
}

/** The answer to creating a job. */
export function createdJson(job: IngestJob) {
  return { ...shortJson(job), contentUrl: contentUrl(job), ...csvKeys(job) };
}

export function listJson(job: IngestJob) {
  return { ...createdJson(job), jobType: 'V2Ingest' };
}

/** The answer to a poll. */
export function infoJson(job: IngestJob) {
  const spent = Math.round(job.processingMs);
  return {
    ...shortJson(job),
    jobType: 'V2Ingest',
    contentUrl: contentUrl(job),
    ...csvKeys(job),
    numberRecordsProcessed: job.processed,
    numberRecordsFailed: job.failures.length,
    retries: 0,
    totalProcessingTime: spent,
    apiActiveProcessingTime: spent,
    apexProcessingTime: 0,
    ...(job.errorMessage === undefined ? {} : { errorMessage: job.errorMessage }),
  };
}

/** The answer to creating, aborting or listing a query job. */
export function queryJson(job: QueryJob) {
  return { ...head(job, job.operation), ...sharedKeys, apiVersion: job.apiVersion, ...csvKeys(job) };
}

export function queryInfoJson(job: QueryJob) {
  return {
    ...head(job, job.operation),
    ...sharedKeys,
    apiVersion: job.apiVersion,
    jobType: 'V2Query',
    ...csvKeys(job),
    numberRecordsProcessed: job.rows.length,
    retries: 0,
    totalProcessingTime: Math.round(job.processingMs),
    isPkChunkingSupported: true,
    ...(job.errorMessage === undefined ? {} : { errorMessage: job.errorMessage }),
  };
}

/** `apiVersion` is printed as `66.0`, which no JSON library of ours does by itself. */
export function jobText(body: unknown): string {
  return JSON.stringify(body).replace(/"apiVersion":(\d+)(?=[,}])/g, '"apiVersion":$1.0');
}
