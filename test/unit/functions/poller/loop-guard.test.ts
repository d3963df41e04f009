import { describe, expect, it } from 'vitest';
import { isEcho, isOurs } from '../../../../functions/poller/loop-guard.ts';
import type { ChangedRow } from '../../../../shared/salesforce/row-record.ts';

const clients = new Set(['salesforce-kafka-bridge']);
const row = (fields: object, type: ChangedRow['type'] = 'updated'): ChangedRow => ({
  channel: '/data/AccountChangeEvent',
  replayId: '1',
  orgId: '00D000000000001AAA',
  id: '001000000000001AAA',
  object: 'Account',
  type,
  fields: { ...fields },
  committedAt: 0,
  headers: {},
});
const written = {
  id: '001000000000001AAA',
  fields: { Name: 'Acme', Employees: '12', Since__c: '2026-01-01T10:00:00+01:00', Fax: null },
};

describe('a change is ours', () => {
  it.each([
    ['com/salesforce/api/rest/66.0;client=salesforce-kafka-bridge', true],
    ['com/salesforce/api/soap/51.0;client=SfdcInternalAPI/', false],
    ['com/salesforce/api/rest/66.0;client=salesforce-kafka-bridge-2', false],
    ['', false],
    [undefined, false],
  ])('%j: %s', (origin, ours) => {
    expect(isOurs(origin, clients)).toBe(ours);
  });
});

describe('an update is the echo of a write', () => {
  it.each<[string, object, boolean]>([
    ['when it shows what was written', { Name: 'Acme', LastModifiedDate: '2026-01-01T00:00:00.000Z' }, true],
    ['when values only look different', { Employees: 12, Since__c: '2026-01-01T09:00:00.000Z', Fax: null }, true],
    ['not when a flow changed another field with it', { Name: 'Acme', Rating: 'Hot' }, false],
    ['not when a flow changed the written field', { Name: 'ACME' }, false],
    ['not when nothing of it was written', { LastModifiedDate: '2026-01-01T00:00:00.000Z' }, false],
  ])('%s', (_, fields, echo) => {
    expect(isEcho(row(fields), written)).toBe(echo);
  });

  it('never when the row is new, deleted, or nothing is known of it', () => {
    expect(isEcho(row({ Name: 'Acme' }, 'created'), written)).toBe(false);
    expect(isEcho(row({}, 'deleted'), written)).toBe(false);
    expect(isEcho(row({ Name: 'Acme' }), undefined)).toBe(false);
  });
});
