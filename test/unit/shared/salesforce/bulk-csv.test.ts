import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitsCsv, parseRowError, toCsv } from '../../../../shared/salesforce/bulk-csv.ts';
import { toExactNumber } from '../../../../shared/salesforce/exact-json.ts';

describe('rows as CSV', () => {
  it('tell null, absent and every kind of value apart', () => {
    const csv = toCsv([
      { Key__c: 'a', Text: 'x,"y"\nz', Flag: false, Price: toExactNumber('1234567890123456.78') },
      { Key__c: 'b', Text: null, Account: { ErpKey__c: 'A-1' }, Owner: { attributes: { type: 'User' }, Key__c: 'u' } },
    ]);
    expect(csv).toBe(
      '"Key__c","Text","Flag","Price","Account.ErpKey__c","User:Owner.Key__c"\n' +
        '"a","x,""y""\nz","false","1234567890123456.78",,\n' +
        '"b","#N/A",,,"A-1","u"\n',
    );
  });

  it('come back as they were', () => {
    const anyRow = fc.dictionary(fc.constantFrom('A', 'B', 'C__c'), fc.string({ minLength: 1 }), { minKeys: 1 });
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 10 }), (rows) => {
        const read: Record<string, string>[] = parse(toCsv(rows), { columns: true, record_delimiter: '\n' });
        const filled = read.map((row) => Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== '')));
        expect(filled).toEqual(rows.map((row) => ({ ...row })));
      }),
    );
  });

  it.each([
    [{ Key__c: 'a', Text: 'fine' }, true],
    [{ Key__c: 'a', Text: null }, true],
    [{ Key__c: 'a', Text: '#N/A' }, false],
    [{ Key__c: 'a', Account: { ErpKey__c: '#N/A' } }, false],
    [{ Key__c: 'a', Account: { ErpKey__c: 'A-1' }, Owner: null }, true],
    [{ Key__c: 'a', Text: 'x'.repeat(131_073) }, false],
    [{ A: 'x'.repeat(131_072), B: 'x'.repeat(131_072), C: 'x'.repeat(131_072), D: 'x'.repeat(131_072) }, false],
  ])('row %# fits: %s', (row, fits) => {
    expect(fitsCsv(row)).toBe(fits);
  });
});

it.each([
  [
    'REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --',
    { statusCode: 'REQUIRED_FIELD_MISSING', message: 'Required fields are missing: [Name]', fields: ['Name'] },
  ],
  [
    'UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record or 200 records: 001A,001B:--',
    {
      statusCode: 'UNABLE_TO_LOCK_ROW',
      message: 'unable to obtain exclusive access to this record or 200 records: 001A,001B',
      fields: [],
    },
  ],
  ['X:y:A B --', { statusCode: 'X', message: 'y', fields: ['A', 'B'] }],
  ['strange', { statusCode: 'UNKNOWN_EXCEPTION', message: 'strange', fields: [] }],
])('the error %s of a row is read', (text, error) => {
  expect(parseRowError(text)).toEqual(error);
});
