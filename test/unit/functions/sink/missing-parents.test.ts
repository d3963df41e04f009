import { describe, expect, it } from 'vitest';
import { createMissingParents, missingParentOf } from '../../../../functions/sink/missing-parents.ts';

const errorOf = (message: string) => ({ statusCode: 'INVALID_FIELD', message, fields: [] });

it.each([
  ['Foreign key external ID: 1580 not found for field Codigo__c in entity User', 'user codigo__c 1580'],
  ['Foreign key external ID: Ab: c not found for field Key__c in entity Account', 'account key__c Ab: c'],
  ["No such column 'Foo' on sobject of type Account", undefined],
])('%s names the parent %s', (message, name) => {
  expect(missingParentOf(errorOf(message))).toBe(name);
});

describe('parents that were found missing', () => {
  const error = errorOf('missing');
  const [lower, upper] = ['account key__c ab', 'account key__c AB'];

  it('are not asked for again before their time', () => {
    const missing = createMissingParents();
    expect(missing.find([upper], 0)).toBeUndefined();
    missing.note(upper, { error, until: 100 });
    expect(missing.find(['account key__c other', upper], 99)).toEqual({ error, until: 100 });
    expect(missing.find([upper], 100)).toBeUndefined();
    missing.note(upper, { error, until: 200 });
    expect(missing.find([upper], 100)).toEqual({ error, until: 200 });
  });

  it('are known by their exact names', () => {
    const missing = createMissingParents();
    missing.note(upper, { error, until: 100 });
    expect(missing.find([lower], 0)).toBeUndefined();
    missing.note(lower, { error, until: 50 });
    expect([missing.find([upper], 60), missing.find([lower], 60)]).toEqual([{ error, until: 100 }, undefined]);
  });

  it('are forgotten when a row was written that may be the one, in whatever case', () => {
    const missing = createMissingParents();
    for (const name of [lower, upper]) missing.note(name, { error, until: 100 });
    missing.forget(['account key__c other']);
    expect(missing.find([upper], 0)).toBeDefined();
    missing.forget([lower]);
    expect([missing.find([upper], 0), missing.find([lower], 0)]).toEqual([undefined, undefined]);
  });
});
