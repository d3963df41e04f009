import type { CallKind } from '../../faults/counters.ts';
import type { OrgServices } from '../../services.ts';
import type { ObjectDefinition } from '../../store/definitions.ts';
import { ApiError, notFound } from '../../store/errors.ts';
import { Transaction } from '../../store/transaction.ts';
import type { RecordInput, WriteContext } from '../../store/write-context.ts';
import type { RestAnswer, RestCall } from './rest-call.ts';

export type Parameters = Readonly<Record<string, string>>;
export type RestHandler = (call: RestCall, parameters: Parameters, services: OrgServices) => RestAnswer;

export interface RestRoute {
  readonly method: string;
  /** Segments; one that begins with a colon is a parameter. */
  readonly pattern: string;
  readonly kind: CallKind;
  readonly handle: RestHandler;
}

/** `/services/data/v66.0`, the base of every URL in an answer. */
export function basePath(call: RestCall): string {
  return `/services/data/v${call.version}.0`;
}

export function objectOf(parameters: Parameters, services: OrgServices): ObjectDefinition {
  const object = services.database.schema.find(parameters['object'] ?? '');
  if (object === undefined) throw notFound();
  return object;
}

/** The body as a JSON object, or Salesforce's complaint that there is none. */
export function bodyObject(call: RestCall): RecordInput {
  const { body } = call;
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as RecordInput;
  if (call.rawBody.trim() === '' && body === undefined) {
    throw new ApiError(
      400,
      'JSON_PARSER_ERROR',
      'Unexpected end-of-input: no content to map to Object due to end of input',
    );
  }
  throw new ApiError(
    400,
    'JSON_PARSER_ERROR',
    'The HTTP entity body is required to be a JSON object at [line:1, column:0]',
  );
}

/**
 * Runs writes as one transaction: committed when `work` returns, taken back when it throws. Inside an all-or-none composite
 * the outer transaction is used instead.
 */
export function write<T>(
  call: RestCall,
  services: OrgServices,
  work: (transaction: Transaction) => T,
  unknownField: WriteContext['unknownField'] = 'request',
): T {
  if (call.transaction !== undefined) return work(call.transaction);
  const transaction = new Transaction(services.database, writeContext(call, services, unknownField));
  try {
    const result = work(transaction);
    transaction.commit();
    return result;
  } catch (error) {
    transaction.rollback();
    throw error;
  }
}

export function writeContext(
  call: RestCall,
  services: OrgServices,
  unknownField: WriteContext['unknownField'],
): WriteContext {
  return {
    userId: call.session.user.id,
    appName: call.session.app.name,
    origin: changeOrigin(call),
    unknownField,
    allowDuplicates: /allowSave\s*=\s*true/i.test(call.headers['sforce-duplicate-rule-header'] ?? ''),
    intercept: (object, id) => services.faults.rowErrorFor(object, id),
  };
}

/** `client=` of `Sforce-Call-Options` comes back in change events, which is how a client knows its own changes. */
function changeOrigin(call: RestCall): string {
  const client = /(?:^|[;,\s])client=([^;,\s]+)/i.exec(call.headers['sforce-call-options'] ?? '')?.[1] ?? '';
  return `com/salesforce/api/rest/${call.version}.0;client=${client}`;
}
