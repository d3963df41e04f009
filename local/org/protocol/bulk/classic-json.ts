import type { ClassicBatch, ClassicJob } from '../../jobs/classic-job.ts';
import { errorText } from '../../jobs/write-rows.ts';
import type { RowOutcome } from '../../store/write-context.ts';

function time(milliseconds: number): string {
  return new Date(Math.floor(milliseconds / 1000) * 1000).toISOString();
}

export function jobInfo(job: ClassicJob) {
  const count = (...states: readonly ClassicBatch['state'][]): number =>
    job.batches.filter(({ state }) => states.includes(state)).length;
  const sum = (of: (batch: ClassicBatch) => number): number =>
    job.batches.reduce((total, batch) => total + of(batch), 0);
  const spent = Math.round(sum(({ processingMs }) => processingMs));
  return {
    id: job.id,
    operation: job.operation,
    object: job.object.name,
    createdById: job.createdById,
    createdDate: time(job.createdAt),
    systemModstamp: time(job.changedAt),
    state: job.state,
    externalIdFieldName: job.externalIdField?.name,
    concurrencyMode: job.concurrencyMode,
    contentType: job.contentType,
    numberBatchesQueued: count('Queued'),
    numberBatchesInProgress: count('InProgress'),
    numberBatchesCompleted: count('Completed'),
    numberBatchesFailed: count('Failed', 'NotProcessed'),
    numberBatchesTotal: job.batches.length,
    numberRecordsProcessed: sum(processed),
    numberRetries: 0,
    apiVersion: job.apiVersion,
    numberRecordsFailed: sum(failed),
    totalProcessingTime: spent,
    apiActiveProcessingTime: spent,
    apexProcessingTime: 0,
  };
}

export function batchInfo(job: ClassicJob, batch: ClassicBatch) {
  const spent = Math.round(batch.processingMs);
  return {
    id: batch.id,
    jobId: job.id,
    state: batch.state,
    stateMessage: batch.stateMessage,
    createdDate: time(batch.createdAt),
    systemModstamp: time(batch.changedAt),
    numberRecordsProcessed: processed(batch),
    numberRecordsFailed: failed(batch),
    totalProcessingTime: spent,
    apiActiveProcessingTime: spent,
    apexProcessingTime: 0,
  };
}

function processed({ outcomes, found }: ClassicBatch): number {
  return found?.rows.length ?? outcomes.length;
}

function failed({ outcomes }: ClassicBatch): number {
  return outcomes.filter(({ ok }) => !ok).length;
}

export function outcomeJson(outcome: RowOutcome) {
  if (outcome.ok) return { success: true, created: outcome.created, id: outcome.id, errors: [] };
  const errors = outcome.errors.map(({ statusCode, message, fields }) => ({
    message,
    fields,
    statusCode,
    extendedErrorDetails: null,
  }));
  return { success: false, created: false, id: outcome.id ?? null, errors };
}

export function outcomeCells(outcome: RowOutcome): readonly string[] {
  if (outcome.ok) return [outcome.id, 'true', String(outcome.created), ''];
  return [outcome.id ?? '', 'false', 'false', outcome.errors.map(errorText).join(';')];
}
