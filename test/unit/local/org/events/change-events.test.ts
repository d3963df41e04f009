import { describe, expect, it } from 'vitest';
import { buildChangeEvents, type ChangeEventOptions } from '../../../../../local/org/events/change-events.ts';
import { createTestDatabase } from '../support.ts';

const facts = {
  transactionKey: 'key',
  commitTimestamp: 1,
  commitNumber: 2,
  commitUser: '005Hn0000000001AAA',
  changeOrigin: 'origin',
};
const options: ChangeEventOptions = {
  merge: false,
  unchangedUpdates: true,
  longTextDiffs: false,
  maxBytes: 1_000_000,
  overflowAfter: 100_000,
  selected: (object) => object.changeEvents,
  enriched: () => [],
};

describe('change events', () => {
  it('carry the non-empty fields and the system fields of a new row', () => {
    const { commit, object } = createTestDatabase();
    const changes = commit((transaction) => {
      transaction.insert(object('Account'), { Name: 'a', BillingCity: 'b', Phone: null });
    });
    const [event] = buildChangeEvents(changes, facts, options);
    expect(event?.payload).toEqual({
      Name: 'a',
      BillingAddress: { City: 'b' },
      OwnerId: '005Hn0000000001AAA',
      CreatedDate: '2026-05-13T10:00:00.000Z',
      CreatedById: '005Hn0000000001AAA',
      LastModifiedDate: '2026-05-13T10:00:00.000Z',
      LastModifiedById: '005Hn0000000001AAA',
      ChangeEventHeader: {
        entityName: 'Account',
        changeType: 'CREATE',
        recordIds: [changes[0]?.after.Id],
        changedFields: [],
        sequenceNumber: 1,
        transactionKey: 'key',
        commitTimestamp: 1,
        commitNumber: 2,
        commitUser: '005Hn0000000001AAA',
        changeOrigin: 'origin',
      },
    });
    expect(event?.schema).toMatch(/^[\w-]{22}$/);
  });

  it.each([
    [{ Phone: '1' }, { Phone: '1' }, ['Phone']],
    [{ Industry: null }, { Industry: null }, ['Industry']],
    [{ BillingCity: 'x' }, { BillingAddress: { City: 'x' } }, ['BillingAddress.City']],
    [{ Name: 'a' }, {}, []],
  ])('carry only what the update %j changed', (record, fields, changedFields) => {
    const { clock, commit, insert, object } = createTestDatabase();
    const id = insert('Account', { Name: 'a', Industry: 'Energy' });
    clock.advance(1000);
    const changes = commit((transaction) => {
      transaction.update(object('Account'), id, record);
    });
    const [event] = buildChangeEvents(changes, facts, options);
    const { ChangeEventHeader: header, ...body } = event?.payload ?? { ChangeEventHeader: undefined };
    expect(body).toEqual({ ...fields, LastModifiedDate: '2026-05-13T10:00:01.000Z' });
    expect(header?.changedFields).toEqual([...changedFields, 'LastModifiedDate']);
  });

  it('nest a person name and never carry the derived one', () => {
    const { commit, insert, object } = createTestDatabase();
    const id = insert('Lead', { LastName: 'a', Company: 'c' });
    const changes = commit((transaction) => {
      transaction.update(object('Lead'), id, { FirstName: 'x' });
    });
    const [event] = buildChangeEvents(changes, facts, options);
    expect(event?.payload['Name']).toEqual({ FirstName: 'x' });
    expect(event?.payload.ChangeEventHeader.changedFields).toEqual(['Name.FirstName', 'LastModifiedDate']);
  });

  it('are left out for unchanged updates when so set', () => {
    const { commit, insert, object } = createTestDatabase();
    const id = insert('Account', { Name: 'a' });
    const changes = commit((transaction) => {
      transaction.update(object('Account'), id, { Name: 'a' });
    });
    expect(buildChangeEvents(changes, facts, { ...options, unchangedUpdates: false })).toEqual([]);
  });

  it('join equal changes when so set, and number what is left', () => {
    const { commit, insert, object } = createTestDatabase();
    const ids = ['a', 'b', 'c'].map((name) => insert('Account', { Name: name }));
    const changes = commit((transaction) => {
      for (const id of ids) transaction.update(object('Account'), id, { Phone: id === ids[2] ? '2' : '1' });
    });
    const headers = buildChangeEvents(changes, facts, { ...options, merge: true }).map(
      (event) => event.payload.ChangeEventHeader,
    );
    expect(headers.map((header) => header.recordIds)).toEqual([ids.slice(0, 2), ids.slice(2)]);
    expect(headers.map((header) => header.sequenceNumber)).toEqual([1, 2]);
  });

  it('pass over objects that are not selected', () => {
    const { commit, object } = createTestDatabase();
    const changes = commit((transaction) => {
      transaction.insert(object('Opportunity'), { Name: 'o', StageName: 'Prospecting', CloseDate: '2026-01-01' });
    });
    expect(changes).toHaveLength(1);
    expect(buildChangeEvents(changes, facts, options)).toEqual([]);
  });
});
