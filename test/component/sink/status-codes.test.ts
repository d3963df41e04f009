import { describe, expect, it } from 'vitest';
import { remove, upsert } from '../../../shared/bridge/targets.ts';
import { classifyRequestError, isOutcomeUnknown } from '../../../shared/salesforce/classify-request-error.ts';
import { rowStatusCodes } from '../../../shared/salesforce/row-status-codes.ts';
import { createModelOrg, describeObject } from '../../fixtures/model-org.ts';
import { kafkaRecord } from '../../fixtures/records.ts';
import { createSinkHarness, type SinkDefinition } from './sink-harness.ts';

/**
 * What becomes of a record whose row gets this answer every time:
 * - `letter`: a dead letter after one call.
 * - `letterAfterTwo`: sent once more, then a dead letter.
 * - `keptForever`: sent again and handed back, however often; never a dead letter.
 * - `letterAfterAttempts`: handed back until its attempts are used up, then a dead letter.
 * - `letterAfterWait`: handed back until the deadline for parents, then a dead letter.
 */
type Fate = 'letter' | 'letterAfterTwo' | 'keptForever' | 'letterAfterAttempts' | 'letterAfterWait';

const missing = 'Foreign key external ID: 1580 not found for field Codigo__c in entity User';
const locked = 'Trg: execution of BeforeInsert caused by: UNABLE_TO_LOCK_ROW, unable to obtain exclusive access';

const table: readonly (readonly [code: string, message: string, fate: Fate])[] = [
  ['REQUIRED_FIELD_MISSING', 'Required fields are missing: [LastName]', 'letter'],
  ['STRING_TOO_LONG', 'Name: data value too large: x (max length=25)', 'letter'],
  ['INVALID_FIELD', "No such column 'Foo' on sobject of type Account", 'letter'],
  ['INVALID_FIELD', missing, 'letterAfterWait'],
  ['INVALID_FIELD_FOR_INSERT_UPDATE', 'Unable to create/update fields: Name.', 'letter'],
  ['INVALID_TYPE_ON_FIELD_IN_RECORD', 'Age: value not of required type: x', 'letter'],
  ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', 'bad value for restricted picklist field: X', 'letter'],
  ['NUMBER_OUTSIDE_VALID_RANGE', 'Employees: value outside of valid range', 'letter'],
  ['INVALID_EMAIL_ADDRESS', 'Email: invalid email address: x', 'letter'],
  ['JSON_PARSER_ERROR', 'Cannot deserialize', 'letter'],
  ['MALFORMED_ID', 'malformed id 001', 'letter'],
  ['INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', 'letter'],
  ['INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY', 'insufficient access rights', 'letter'],
  ['INSUFFICIENT_ACCESS_OR_READONLY', 'insufficient access rights on object id', 'letter'],
  ['ENTITY_IS_DELETED', 'entity is deleted', 'letter'],
  ['NOT_FOUND', 'The requested resource does not exist', 'letter'],
  ['DUPLICATE_VALUE', 'duplicate value found: Ext__c duplicates value on record with id: 001', 'letterAfterTwo'],
  ['DUPLICATE_VALUE', 'Duplicate external id specified: X', 'letterAfterAttempts'],
  ['DUPLICATE_EXTERNAL_ID', 'Ext__c: more than one record found for external id field', 'letter'],
  ['DUPLICATES_DETECTED', 'Use one of these records?', 'letter'],
  ['FIELD_CUSTOM_VALIDATION_EXCEPTION', 'no', 'letter'],
  ['FIELD_INTEGRITY_EXCEPTION', 'no', 'letter'],
  ['FIELD_FILTER_VALIDATION_EXCEPTION', 'no', 'letter'],
  ['STANDARD_PRICE_NOT_DEFINED', 'no', 'letterAfterWait'],
  ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 'Trg: execution of BeforeInsert caused by: null', 'letter'],
  ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', locked, 'keptForever'],
  ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 'Trg: System.LimitException: Too many SOQL queries: 101', 'keptForever'],
  ['DELETE_FAILED', 'no', 'letter'],
  ['UNDELETE_FAILED', 'no', 'letter'],
  ['MISSING_ARGUMENT', 'Id not specified in an update call', 'letter'],
  ['INVALID_TYPE', 'no', 'letter'],
  ['MIXED_DML_OPERATION', 'no', 'letterAfterAttempts'],
  ['API_DISABLED_FOR_ORG', 'no', 'keptForever'],
  ['FUNCTIONALITY_NOT_ENABLED', 'no', 'letter'],
  ['INACTIVE_OWNER_OR_USER', 'no', 'letterAfterAttempts'],
  ['ENTITY_IS_LOCKED', 'no', 'letterAfterAttempts'],
  ['STORAGE_LIMIT_EXCEEDED', 'no', 'keptForever'],
  ['UNABLE_TO_LOCK_ROW', 'unable to obtain exclusive access to this record', 'keptForever'],
  ['QUERY_TIMEOUT', 'no', 'keptForever'],
  ['REQUEST_RUNNING_TOO_LONG', 'no', 'keptForever'],
  ['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'Record rolled back', 'keptForever'],
  ['PROCESSING_HALTED', 'no', 'keptForever'],
  ['REQUEST_LIMIT_EXCEEDED', 'no', 'keptForever'],
  ['LIMIT_EXCEEDED', 'no', 'keptForever'],
  ['SERVER_UNAVAILABLE', 'no', 'keptForever'],
  ['API_CURRENTLY_DISABLED', 'no', 'keptForever'],
  ['INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE', 'no', 'keptForever'],
  ['PLATFORM_EVENT_PUBLISHING_UNAVAILABLE', 'no', 'keptForever'],
  ['PLATFORM_EVENT_PUBLISH_FAILED', 'no', 'keptForever'],
  ['UNKNOWN_EXCEPTION', 'An unexpected error occurred. Please include this ErrorId', 'letterAfterAttempts'],
  ['NEVER_SEEN_BEFORE', 'no', 'letterAfterAttempts'],
];

const account = describeObject('Account', { Key__c: { externalId: true }, Name: {} });

function setUp(more: Partial<SinkDefinition> = {}) {
  const org = createModelOrg([account]);
  const definition = { topic: 'prices', write: upsert('Account', { externalId: 'Key__c' }), maxAttempts: 3 };
  const sink = createSinkHarness(org, { ...definition, parentWaitSeconds: 300, ...more });
  return {
    org,
    sink,
    records: [kafkaRecord(0, 'A', { Key__c: 'A', Name: 'x' }), kafkaRecord(1, 'B', { Key__c: 'B' })],
  };
}

/** Deliveries, a minute apart, until nothing comes back; answers how many it took. */
async function deliverUntilSettled(
  sink: ReturnType<typeof setUp>['sink'],
  records: ReturnType<typeof setUp>['records'],
  most: number,
) {
  let deliveries = 0;
  for (let back: string[] = ['all']; back.length > 0 && deliveries < most; deliveries += 1) {
    back = await sink.deliver(records, 60);
    sink.org.clock += 60_000;
  }
  return deliveries;
}

describe('a row that is answered with', () => {
  it.each(table)('%s: %s, ends as %s', async (statusCode, message, fate) => {
    const { org, sink, records } = setUp();
    org.refuse = (row) => (row['Key__c'] === 'A' ? { statusCode, message } : undefined);
    const deliveries = await deliverUntilSettled(sink, records, 20);
    const tries = org.calls.filter(({ rows }) => rows.some((row) => row['Key__c'] === 'A')).length;
    // The other row of the call is written once, whatever happens to this one.
    expect(org.calls.filter(({ rows }) => rows.some((row) => row['Key__c'] === 'B'))).toHaveLength(1);
    const measured = (name: 'written' | 'deadLettered') => sink.batches.map(({ counts }) => counts[name]);
    const handedBack = sink.batches.map((batch) => batch.handedBack);
    const retried = sink.batches.map(({ events }) => events.retried);
    // Each is measured in the delivery it happened in, and in no other.
    expect(measured('written').filter((count) => count > 0)).toEqual([1]);
    expect(handedBack).toEqual(
      sink.batches.map((_, index) => (fate === 'keptForever' || index < deliveries - 1 ? 1 : 0)),
    );
    const isRetried = (index: number) => fate !== 'letter' && (fate !== 'letterAfterWait' || index < deliveries - 1);
    expect(retried.map((count) => count > 0)).toEqual(sink.batches.map((_, index) => isRetried(index)));
    if (fate === 'keptForever') {
      expect([deliveries, sink.letters.length, sink.counts().written]).toEqual([20, 0, 1]);
      expect(measured('deadLettered')).toEqual(Array.from({ length: 20 }, () => 0));
      org.refuse = () => undefined;
      expect(await sink.deliver(records)).toEqual([]);
      expect([sink.letters.length, sink.counts().written]).toEqual([0, 2]);
      return;
    }
    expect(sink.letters).toMatchObject([
      { record: records[0], reason: { code: 'SKB_ROW_REJECTED', salesforceStatus: statusCode } },
    ]);
    expect(sink.letters[0]?.reason.message).toContain(`prices-0@0 rejected by Account: ${statusCode}`);
    expect(sink.letters[0]?.attempts).toBe(fate === 'letterAfterAttempts' ? 3 : 1);
    expect(sink.counts()).toEqual({ written: 1, filtered: 0, absorbed: 0, deadLettered: 1 });
    expect(org.rows('Account').map((row) => row['Key__c'])).toEqual(['B']);
    expect(measured('deadLettered')).toEqual(sink.batches.map((_, index) => (index === deliveries - 1 ? 1 : 0)));
    if (fate === 'letter') expect([deliveries, tries]).toEqual([1, 1]);
    if (fate === 'letterAfterTwo') expect([deliveries, tries]).toEqual([1, 2]);
    if (fate === 'letterAfterAttempts') expect(deliveries).toBe(3);
    if (fate === 'letterAfterWait') expect(deliveries).toBeGreaterThan(1);
  });

  it('every code that the bridge knows has a row above', () => {
    expect([...new Set(table.map(([code]) => code))].toSorted()).toEqual(
      [...Object.keys(rowStatusCodes), 'NEVER_SEEN_BEFORE'].toSorted(),
    );
  });

  it.each(['ENTITY_IS_DELETED', 'NOT_FOUND', 'INVALID_CROSS_REFERENCE_KEY'])(
    '%s on a delete: it is deleted',
    async (statusCode) => {
      const { org, sink, records } = setUp({ write: remove('Account', { externalId: 'Key__c' }) });
      org.put('Account', { Key__c: 'A' });
      org.refuse = () => ({ statusCode });
      expect(await sink.deliver(records)).toEqual([]);
      expect(sink.counts()).toMatchObject({ written: 2, deadLettered: 0 });
    },
  );

  it('a lock is tried again within the invocation, and only that row', async () => {
    const { org, sink, records } = setUp();
    let locks = 2;
    org.refuse = (row) => {
      if (row['Key__c'] !== 'A' || locks === 0) return undefined;
      locks -= 1;
      return { statusCode: 'UNABLE_TO_LOCK_ROW' };
    };
    expect(await sink.deliver(records)).toEqual([]);
    expect(org.calls.map(({ rows }) => rows.length)).toEqual([2, 1, 1]);
    expect(sink.logger.lines.find(({ message }) => message === 'batch settled')?.fields).toMatchObject({ retried: 2 });
  });
});

/** Refusals of a whole call, which say nothing of its rows; without a status no answer came. */
const callTable: readonly (readonly [status: number | undefined, code: string, message: string])[] = [
  [401, 'INVALID_SESSION_ID', 'Session expired or invalid'],
  [401, 'INVALID_AUTH_HEADER', 'INVALID_JWT_FORMAT'],
  [403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'],
  [403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.'],
  [403, 'API_DISABLED_FOR_ORG', 'The REST API is not enabled for this Organization.'],
  [403, 'INVALID_OPERATION_WITH_EXPIRED_PASSWORD', 'The users password has expired'],
  [403, 'FUNCTIONALITY_NOT_ENABLED', 'not enabled'],
  [403, 'INSUFFICIENT_ACCESS_OR_READONLY', 'insufficient access rights on object id'],
  [404, 'NOT_FOUND', 'Provided external ID field does not exist or is not accessible: Key__c'],
  [410, 'GONE', 'API Version 40.0 has been retired.'],
  [414, 'ERROR_HTTP_414', 'URI Too Long'],
  [431, 'ERROR_HTTP_431', 'Request Header Fields Too Large'],
  [400, 'API_CURRENTLY_DISABLED', 'maintenance'],
  [400, 'QUERY_TIMEOUT', 'Your query request was running for too long.'],
  [400, 'UNABLE_TO_LOCK_ROW', 'unable to obtain exclusive access to this record'],
  [500, 'REQUEST_RUNNING_TOO_LONG', 'Your request was running for too long'],
  [500, 'UNKNOWN_EXCEPTION', 'An unexpected error occurred.'],
  [503, 'SERVER_UNAVAILABLE', 'Server Unavailable'],
  [503, 'INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE', 'read only'],
  [420, 'ERROR_HTTP_420', 'no routing yet'],
  [429, 'ERROR_HTTP_429', 'Too Many Requests'],
  [502, 'ERROR_HTTP_502', 'Bad Gateway'],
  [504, 'ERROR_HTTP_504', 'Gateway Timeout'],
  [503, 'ERROR_HTTP_503', '<html><body>Down for maintenance</body></html>'],
  [undefined, 'ECONNRESET', 'socket hang up'],
  [undefined, 'ETIMEDOUT', 'connect timed out'],
];

describe('a call that is answered with', () => {
  it.each(callTable)(
    '%s %s: goes back for as long as it takes, and no good record is given up',
    async (status, code, message) => {
      const { org, sink, records } = setUp({ maxAttempts: 1 });
      const thrown = Object.assign(
        new Error(message),
        status === undefined ? { cause: { code } } : { errorCode: code },
      );
      const error = classifyRequestError(thrown, status);
      org.fail = () => ({ kind: isOutcomeUnknown(error) ? 'ambiguous' : 'refused', error });
      expect(await deliverUntilSettled(sink, records, 5)).toBe(5);
      expect([sink.letters, sink.advances.filter(({ counts }) => counts.written > 0)]).toEqual([[], []]);
      expect(sink.batches.map(({ handedBack, counts }) => [handedBack, counts.deadLettered])).toEqual(
        Array.from({ length: 5 }, () => [2, 0]),
      );
      org.fail = () => undefined;
      org.clock += 601_000;
      expect(await sink.deliver(records)).toEqual([]);
      expect([sink.letters.length, sink.counts().written]).toEqual([0, 2]);
    },
  );

  it.each([
    [400, 'INVALID_FIELD', "No such column 'Foo' on sobject of type Account"],
    [400, 'JSON_PARSER_ERROR', 'Cannot deserialize instance of date'],
    [413, 'REQUEST_ENTITY_TOO_LARGE', 'Request entity too large'],
  ])('%s %s: is taken apart until the row that spoils it stands alone', async (status, code, message) => {
    const { org, sink } = setUp();
    const error = classifyRequestError(Object.assign(new Error(message), { errorCode: code }), status);
    org.fail = ({ rows }) => (rows.some((row) => row['Key__c'] === 'k5') ? { kind: 'refused', error } : undefined);
    const records = Array.from({ length: 32 }, (_, n) => kafkaRecord(n, `k${n}`, { Key__c: `k${n}`, Name: 'x' }));
    expect(await sink.deliver(records)).toEqual([]);
    expect([sink.letterOffsets(), sink.reasons(), org.rows('Account').length]).toEqual([[5], [code], 31]);
    expect(org.calls.length).toBeLessThanOrEqual(11);
    expect(sink.batches).toMatchObject([{ handedBack: 0, counts: { written: 31, deadLettered: 1 } }]);
  });
});
