import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ClassicBatch, type ClassicJob, jsonCell, runBatch } from '../../jobs/classic-job.ts';
import { writeCsv } from '../../jobs/csv.ts';
import { ingestOperations } from '../../jobs/job.ts';
import { resultCells } from '../../jobs/run-bulk-query.ts';
import type { OrgServices } from '../../services.ts';
import { findField } from '../../store/definitions.ts';
import { type Session, tokenOf } from '../oauth/sessions.ts';
import { writeContext } from '../rest/call.ts';
import { versionStatus } from '../rest/versions.ts';
import { batchInfo, jobInfo, outcomeCells, outcomeJson } from './classic-json.ts';
import { readLeaves, writeXml, type XmlContent } from './classic-xml.ts';

const operations = [...ingestOperations, 'query', 'queryAll'] as const;
const csvFormat = { columnDelimiter: 'COMMA', lineEnding: 'LF' } as const;
const bodyLimit = 20 * 1024 * 1024;

/** A refusal in the words of this API. */
class ClassicError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface ClassicCall {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly session: Session;
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: string;
}

type Handler = (call: ClassicCall) => FastifyReply | Promise<FastifyReply>;

/** The first Bulk API below `/services/async/NN.0`, as far as clients still use it: CSV and JSON, no XML data, no PK chunking. */
export function registerClassicBulk(server: FastifyInstance, services: OrgServices): void {
  const jobs = new Map<string, ClassicJob>();
  const jobOf = ({ parameters }: ClassicCall): ClassicJob => {
    const job = jobs.get(parameters['job'] ?? '');
    if (job === undefined) throw new ClassicError('InvalidJob', `Unable to find object: ${parameters['job'] ?? ''}`);
    return job;
  };
  const batchOf = (call: ClassicCall): ClassicBatch => {
    const batch = jobOf(call).batches.find(({ id }) => id === call.parameters['batch']);
    if (batch === undefined) throw new ClassicError('InvalidBatch', 'Unable to find batch');
    return batch;
  };
  const on = (method: 'GET' | 'POST', path: string, handle: Handler): void => {
    server.route({
      method,
      url: `/services/async/:version/${path}`,
      bodyLimit,
      handler: (request, reply) => serve(request, reply, services, handle),
    });
  };
  on('POST', 'job', (call) => {
    const job = createJob(call, services);
    jobs.set(job.id, job);
    return sendInfo(call, 201, 'jobInfo', jobInfo(job));
  });
  on('GET', 'job/:job', (call) => sendInfo(call, 200, 'jobInfo', jobInfo(jobOf(call)), jobOf(call)));
  on('POST', 'job/:job', (call) => {
    const job = jobOf(call);
    const { state } = fieldsOf(call);
    if (state !== 'Closed' && state !== 'Aborted')
      throw new ClassicError('InvalidJobState', `Invalid state: ${String(state)}`);
    if (job.state !== 'Open') throw new ClassicError('InvalidJobState', `Job is ${job.state}`);
    job.state = state;
    job.changedAt = services.clock.now();
    return sendInfo(call, 200, 'jobInfo', jobInfo(job));
  });
  on('POST', 'job/:job/batch', (call) => {
    const job = jobOf(call);
    if (job.state !== 'Open') throw new ClassicError('InvalidJobState', `Job is ${job.state}`);
    if (services.jobs.batchesToday() >= services.settings.dailyBulkBatches) {
      throw new ClassicError('ExceededQuota', 'ApiBatchItems Limit exceeded.');
    }
    const batch = createBatch(call, services);
    job.batches.push(batch);
    const input = { ...services, delayMs: services.settings.bulkDelayMs };
    void runBatch(job, batch, input).then(() => services.jobs.count(batch.outcomes.length, 1));
    return sendInfo(call, 201, 'batchInfo', batchInfo(job, batch), job);
  });
  on('GET', 'job/:job/batch', (call) => {
    const job = jobOf(call);
    const list = job.batches.map((batch) => batchInfo(job, batch));
    if (wantsJson(call, job)) return send(call, 200, 'application/json', JSON.stringify({ batchInfo: list }));
    return send(call, 200, 'application/xml', writeXml('batchInfoList', ['batchInfo', list]));
  });
  on('GET', 'job/:job/batch/:batch', (call) =>
    sendInfo(call, 200, 'batchInfo', batchInfo(jobOf(call), batchOf(call)), jobOf(call)),
  );
  on('GET', 'job/:job/batch/:batch/request', (call) => send(call, 200, 'text/csv', batchOf(call).request));
  on('GET', 'job/:job/batch/:batch/result', (call) => sendResult(call, jobOf(call), batchOf(call)));
  on('GET', 'job/:job/batch/:batch/result/:result', (call) => sendRows(call, jobOf(call), batchOf(call)));
}

async function serve(
  request: FastifyRequest,
  reply: FastifyReply,
  services: OrgServices,
  handle: Handler,
): Promise<FastifyReply> {
  const header = request.headers['x-sfdc-session'];
  const token = typeof header === 'string' ? header : tokenOf(request.headers.authorization);
  const session = services.sessions.find(token, true);
  const parameters = request.params as Readonly<Record<string, string>>;
  const body = typeof request.body === 'string' ? request.body : '';
  try {
    const version = Math.floor(Number(parameters['version']));
    if (versionStatus(version, services.settings.newestApiVersion) !== 'served') {
      throw new ClassicError('InvalidVersion', `Api version ${parameters['version']} is not supported`);
    }
    if (session === undefined) throw new ClassicError('InvalidSessionId', 'Invalid session id');
    request.orgApp = session.app.name;
    services.counters.count('other', session.app.name);
    return await handle({ request, reply, session, parameters, body });
  } catch (error) {
    if (!(error instanceof ClassicError)) throw error;
    const content = { exceptionCode: error.code, exceptionMessage: error.message };
    const isJson = /json/i.test(request.headers['content-type'] ?? '');
    return isJson
      ? reply.code(400).type('application/json').send(JSON.stringify(content))
      : reply.code(400).type('application/xml').send(writeXml('error', content));
  }
}

function createJob(call: ClassicCall, services: OrgServices): ClassicJob {
  const fields = fieldsOf(call);
  const operation = operations.find((name) => name === fields['operation']);
  if (operation === undefined)
    throw new ClassicError('InvalidJob', `Unknown operation: ${String(fields['operation'])}`);
  const object = services.database.schema.find(String(fields['object'] ?? ''));
  if (object === undefined) throw new ClassicError('InvalidJob', `Unable to find object: ${String(fields['object'])}`);
  const contentType = String(fields['contentType'] ?? 'XML').toUpperCase();
  if (contentType !== 'CSV' && contentType !== 'JSON') {
    throw new ClassicError('InvalidJob', `Unsupported content type: ${contentType}`);
  }
  const keyName = String(fields['externalIdFieldName'] ?? '');
  const externalIdField = operation === 'upsert' ? findField(object, keyName) : undefined;
  if (operation === 'upsert' && externalIdField?.idLookup !== true) {
    const message = `External ID was blank for ${object.name}. An External ID must be specified for upsert.`;
    throw new ClassicError('InvalidJob', message);
  }
  const now = services.clock.now();
  const version = Number.parseInt(call.parameters['version'] ?? '', 10);
  const headers = call.request.headers as Readonly<Record<string, string | undefined>>;
  const asRest = { method: 'POST', path: '', query: new URLSearchParams(), body: undefined, rawBody: '' };
  const context = writeContext({ ...asRest, headers, version, session: call.session }, services, 'row');
  return {
    id: services.jobs.newId(),
    object,
    operation,
    externalIdField,
    contentType,
    concurrencyMode: String(fields['concurrencyMode'] ?? 'Parallel'),
    createdById: call.session.user.id,
    createdAt: now,
    changedAt: now,
    apiVersion: version,
    context: { ...context, origin: context.origin.replace('/api/rest/', '/api/bulk/') },
    batches: [],
    state: 'Open',
  };
}

function createBatch(call: ClassicCall, { database, clock }: OrgServices): ClassicBatch {
  return {
    id: database.newId('751'),
    resultId: database.newId('752'),
    request: call.body,
    createdAt: clock.now(),
    changedAt: clock.now(),
    state: 'Queued',
    stateMessage: undefined,
    processingMs: 0,
    outcomes: [],
    found: undefined,
  };
}

function fieldsOf({ request, body }: ClassicCall): Readonly<Record<string, unknown>> {
  if (!/json/i.test(request.headers['content-type'] ?? '')) return readLeaves(body);
  try {
    return JSON.parse(body) as Readonly<Record<string, unknown>>;
  } catch {
    throw new ClassicError('InvalidJob', 'Unable to parse Job');
  }
}

/** A job created as JSON is answered in JSON throughout, unless it carries CSV. */
function wantsJson({ request }: ClassicCall, job?: ClassicJob): boolean {
  const asked = `${request.headers['content-type'] ?? ''} ${request.headers.accept ?? ''}`;
  return /json/i.test(asked) || job?.contentType === 'JSON';
}

function sendInfo(call: ClassicCall, status: number, root: string, info: XmlContent, job?: ClassicJob): FastifyReply {
  return wantsJson(call, job)
    ? send(call, status, 'application/json', JSON.stringify(info))
    : send(call, status, 'application/xml', writeXml(root, info));
}

function sendResult(call: ClassicCall, job: ClassicJob, batch: ClassicBatch): FastifyReply {
  if (batch.state !== 'Completed') throw new ClassicError('InvalidBatch', 'Batch not completed');
  if (batch.found !== undefined) {
    return wantsJson(call, job)
      ? send(call, 200, 'application/json', JSON.stringify([batch.resultId]))
      : send(call, 200, 'application/xml', writeXml('result-list', ['result', [batch.resultId]]));
  }
  if (job.contentType === 'JSON') {
    return send(call, 200, 'application/json', JSON.stringify(batch.outcomes.map(outcomeJson)));
  }
  const rows = [['Id', 'Success', 'Created', 'Error'], ...batch.outcomes.map(outcomeCells)];
  return send(call, 200, 'text/csv', writeCsv(csvFormat, rows));
}

function sendRows(call: ClassicCall, job: ClassicJob, { found, resultId }: ClassicBatch): FastifyReply {
  if (found === undefined || resultId !== call.parameters['result'])
    throw new ClassicError('InvalidBatch', 'Unable to find result');
  const { object, sources, rows } = found;
  if (job.contentType === 'CSV') {
    return send(call, 200, 'text/csv', writeCsv(csvFormat, resultCells(sources, rows)));
  }
  const records = rows.map((row) => ({
    attributes: { type: object.name, url: `/services/data/v${job.apiVersion}.0/sobjects/${object.name}/${row.Id}` },
    ...Object.fromEntries(sources.map((source) => [source.label, jsonCell(source, row)])),
  }));
  return send(call, 200, 'application/json', JSON.stringify(records));
}

function send({ reply }: ClassicCall, status: number, type: string, data: string | Readable): FastifyReply {
  return reply.code(status).type(type).send(data);
}
