import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support.ts';

describe('transaction', () => {
  it('stamps rows with whole seconds and the writer', () => {
    const { database, insert, object } = createTestDatabase();
    const row = database.row(object('Lead'), insert('Lead', { LastName: 'a', FirstName: 'b', Company: 'c' }));
    expect(row).toMatchObject({
      Name: 'b a',
      Status: 'Open - Not Contacted',
      OwnerId: '005Hn0000000001AAA',
      CreatedDate: '2026-05-13T10:00:00.000Z',
      SystemModstamp: '2026-05-13T10:00:00.000Z',
      IsDeleted: false,
    });
  });

  it('frees a unique value when its row is deleted and refuses to undelete onto it', () => {
    const { begin, insert, object } = createTestDatabase();
    const first = insert('Account', { Name: 'a', External_Id__c: 'K' });
    const transaction = begin();
    transaction.remove(object('Account'), first);
    transaction.commit();
    insert('Account', { Name: 'b', External_Id__c: 'k' });
    expect(begin().restore(object('Account'), first)).toMatchObject({
      ok: false,
      errors: [{ statusCode: 'DUPLICATE_VALUE' }],
    });
  });

  it('refuses references that point nowhere, to the wrong object or to the recycle bin', () => {
    const { begin, insert, object } = createTestDatabase();
    const account = insert('Account', { Name: 'a' });
    const lead = insert('Lead', { LastName: 'a', Company: 'c' });
    const contact = (AccountId: string) => begin().insert(object('Contact'), { LastName: 'a', AccountId });
    expect(contact(account)).toMatchObject({ ok: true });
    expect(contact(lead)).toMatchObject({ errors: [{ statusCode: 'FIELD_INTEGRITY_EXCEPTION' }] });
    expect(contact('nope')).toMatchObject({ errors: [{ statusCode: 'MALFORMED_ID' }] });
    expect(contact('001Hn0000000zzz')).toMatchObject({ errors: [{ statusCode: 'INVALID_CROSS_REFERENCE_KEY' }] });
    const removal = begin();
    removal.remove(object('Account'), account);
    removal.commit();
    expect(contact(account)).toMatchObject({ errors: [{ statusCode: 'ENTITY_IS_DELETED' }] });
  });

  it('leaves no trace after a rollback, whatever was written', () => {
    const operation = fc.record({
      kind: fc.constantFrom('insert', 'update', 'remove', 'upsert'),
      key: fc.constantFrom('a', 'b', 'c'),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 15 }), fc.array(operation, { maxLength: 15 }), (kept, undone) => {
        const { begin, database, object } = createTestDatabase();
        const account = object('Account');
        const key = account.fieldByName.get('external_id__c');
        if (key === undefined) throw new Error('no key');
        const run = (operations: typeof kept) => {
          const transaction = begin();
          for (const { kind, key: value } of operations) {
            const [id = '001Hn0000000zzz'] = database.table(account).idsWith(key, value);
            if (kind === 'insert') transaction.insert(account, { Name: value, External_Id__c: value });
            if (kind === 'upsert') transaction.upsert(account, key, value.toUpperCase(), { Name: `${value}+` });
            if (kind === 'update') transaction.update(account, id, { Name: `${value}!`, External_Id__c: null });
            if (kind === 'remove') transaction.remove(account, id);
          }
          return transaction;
        };
        const state = () => ({
          rows: [...database.table(account).all()],
          index: ['a', 'b', 'c'].map((value) => database.table(account).idsWith(key, value)),
        });
        run(kept).commit();
        const before = state();
        run(undone).rollback();
        expect(state()).toEqual(before);
      }),
      { numRuns: 100 },
    );
  });
});
