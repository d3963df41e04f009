import {
  type ColumnDelimiter,
  delimiters,
  type IngestJob,
  type IngestOperation,
  ingestOperations,
  type LineEnding,
  lineEndings,
} from '../../jobs/job.ts';
import type { OrgServices } from '../../services.ts';
import { type FieldDefinition, findField, type ObjectDefinition } from '../../store/definitions.ts';
import { ApiError } from '../../store/errors.ts';
import { writeContext } from '../rest/call.ts';
import type { RestCall } from '../rest/rest-call.ts';

/** Checks what a client asks for and makes an open job of it. */
export function createIngestJob(
  call: RestCall,
  services: OrgServices,
  wanted: Readonly<Record<string, unknown>>,
): IngestJob {
  const { database, jobs, clock, settings } = services;
  if (jobs.batchesToday() >= settings.dailyBulkBatches || jobs.rowsToday() >= settings.dailyBulkRows) {
    throw new ApiError(400, 'EXCEEDEDQUOTA', 'ExceededQuota : The daily allocation of batches or records is used up.');
  }
  const operation = oneOf<IngestOperation>(wanted, 'operation', ingestOperations, undefined);
  const object = database.schema.find(String(wanted['object'] ?? ''));
  if (object === undefined) {
    throw invalidJob(`Unable to find object: ${String(wanted['object'] ?? 'null')}`);
  }
  oneOf(wanted, 'contentType', ['CSV'], 'CSV');
  const context = writeContext(call, services, 'row');
  const rule = wanted['assignmentRuleId'];
  const now = clock.now();
  return {
    id: jobs.newId(),
    object,
    operation,
    externalIdField: operation === 'upsert' ? keyOf(object, wanted['externalIdFieldName']) : undefined,
    assignmentRuleId: typeof rule === 'string' ? rule : undefined,
    columnDelimiter: oneOf(wanted, 'columnDelimiter', Object.keys(delimiters) as ColumnDelimiter[], 'COMMA'),
    lineEnding: oneOf(wanted, 'lineEnding', Object.keys(lineEndings) as LineEnding[], 'LF'),
    createdById: call.session.user.id,
    createdAt: now,
    apiVersion: call.version,
    context: { ...context, origin: context.origin.replace('/api/rest/', '/api/bulk/') },
    state: 'Open',
    changedAt: now,
    errorMessage: undefined,
    processingMs: 0,
    uploads: [],
    columns: [],
    processed: 0,
    successes: [],
    failures: [],
  };
}

/** The value of an enumeration, in any case; a client that leaves it out or says null gets the default. */
export function oneOf<T extends string>(
  wanted: Readonly<Record<string, unknown>>,
  name: string,
  known: readonly T[],
  otherwise: T | undefined,
): T {
  const given = wanted[name] ?? otherwise;
  const found = known.find((value) => value.toLowerCase() === String(given ?? '').toLowerCase());
  if (found !== undefined) return found;
  if (given === undefined) throw invalidJob(`No ${name} specified`);
  throw invalidJob(`Unknown ${name}: ${String(given)}`);
}

function keyOf(object: ObjectDefinition, name: unknown): FieldDefinition {
  if (typeof name !== 'string' || name === '') {
    const message = `External ID was blank for ${object.name}. An External ID must be specified for upsert.`;
    throw invalidJob(message);
  }
  const field = findField(object, name);
  if (field === undefined || !field.idLookup) {
    throw invalidJob(
      `Field name provided, ${name} does not match an External ID, Salesforce Id, or indexed field for ${object.name}`,
    );
  }
  return field;
}

export function invalidJob(message: string): ApiError {
  return new ApiError(400, 'INVALIDJOB', `InvalidJob : ${message}`);
}
