import { describe, expect, it } from 'vitest';
import { isOurs, judgeEcho } from '../../../../functions/poller/loop-guard.ts';
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

describe('an update', () => {
  it.each<[string, object, ReturnType<typeof judgeEcho>]>([
    [
      'is an echo when it shows what was written',
      { Name: 'Acme', LastModifiedDate: '2026-01-01T00:00:00.000Z' },
      'echo',
    ],
    [
      'is an echo when values only look different',
      { Employees: 12, Since__c: '2026-01-01T09:00:00.000Z', Fax: null },
      'echo',
    ],
    ['is a change when a flow changed another field with it', { Name: 'Acme', Rating: 'Hot' }, 'change'],
    ['is a change when nothing of it can be written', { LastModifiedDate: '2026-01-01T00:00:00.000Z' }, 'change'],
    ['is unknown when it shows another value, of a flow or of a later write', { Name: 'ACME' }, 'unknown'],
    ['is unknown when none of its fields was written', { Rating: 'Hot' }, 'unknown'],
  ])('%s', (_, fields, verdict) => {
    expect(judgeEcho(row(fields), written)).toBe(verdict);
  });

  it('is unknown when nothing is remembered of its row', () => {
    expect(judgeEcho(row({ Name: 'Acme' }), undefined)).toBe('unknown');
  });
});

it.each(['created', 'deleted', 'undeleted'] as const)('a row that was %s is a change, whatever was written', (type) => {
  expect(judgeEcho(row({ Name: 'Acme' }, type), written)).toBe('change');
});
