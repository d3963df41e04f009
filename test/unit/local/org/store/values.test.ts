import { describe, expect, it } from 'vitest';
import { ValueMismatch } from '../../../../../local/org/store/errors.ts';
import { fieldFromLine } from '../../../../../local/org/store/field-table.ts';
import { coerceValue } from '../../../../../local/org/store/values.ts';

const field = (kind: string, flags = '', values: readonly string[] = []) =>
  fieldFromLine(['Field__c', 'A Field', kind, flags, { values }]);

describe('values that are stored', () => {
  it.each([
    ['string 10', 'text', 'text'],
    ['string 10', '', null],
    ['string 10', 12, '12'],
    ['boolean', 'TRUE', true],
    ['boolean', null, false],
    ['currency 18 2', '12.345', 12.345],
    ['int 8', 5, 5],
    ['int 8', '', null],
    ['date', '2024-02-29', '2024-02-29'],
    ['date', '2024-02-29T10:00:00Z', '2024-02-29'],
    ['datetime', '2024-01-01T12:00:00+0200', '2024-01-01T10:00:00.000Z'],
    ['datetime', '2024-01-01T12:00:00', '2024-01-01T12:00:00.000Z'],
    ['datetime', '2024-01-01', '2024-01-01T00:00:00.000Z'],
    ['time', '10:20', '10:20:00.000Z'],
    ['reference Account', '001M000000qfPyS', '001M000000qfPySIAU'],
    ['email 80', 'a@b.org', 'a@b.org'],
  ])('%s takes %j as %j', (kind, input, value) => {
    expect(coerceValue(field(kind), input)).toEqual({ value });
  });

  it('gives a restricted picklist its spelling', () => {
    expect(coerceValue(field('picklist 40', 'restricted', ['Red']), 'RED')).toEqual({ value: 'Red' });
  });
});

describe('values that refuse the row', () => {
  it.each([
    ['string 3', 'long', 'STRING_TOO_LONG', 'A Field: data value too large: long (max length=3)'],
    ['int 3', 1000, 'NUMBER_OUTSIDE_VALID_RANGE', 'A Field: value outside of valid range on numeric field: 1000'],
    [
      'currency 5 2',
      -1000,
      'NUMBER_OUTSIDE_VALID_RANGE',
      'A Field: value outside of valid range on numeric field: -1000',
    ],
    ['email 80', 'nobody', 'INVALID_EMAIL_ADDRESS', 'A Field: invalid email address: nobody'],
    ['reference Account', 'INVALID', 'MALFORMED_ID', 'A Field: id value of incorrect type: INVALID'],
  ])('%s refuses %j', (kind, input, statusCode, message) => {
    expect(coerceValue(field(kind), input)).toEqual({ error: { statusCode, message, fields: ['Field__c'] } });
  });

  it('names the bad value of a restricted picklist', () => {
    expect(coerceValue(field('picklist 40', 'restricted', ['Red']), 'Blue')).toMatchObject({
      error: {
        statusCode: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
        message: 'A Field: bad value for restricted picklist field: Blue',
      },
    });
  });
});

describe('values that refuse the request', () => {
  it.each([
    ['date', 'soon', 'date from VALUE_STRING value soon'],
    ['date', '2023-02-30', 'date from VALUE_STRING value 2023-02-30'],
    ['datetime', 12, 'datetime from VALUE_NUMBER_INT value 12'],
    ['boolean', 'maybe', 'boolean from VALUE_STRING value maybe'],
    ['double 18 2', 'many', 'double from VALUE_STRING value many'],
    ['int 8', 1.5, 'int from VALUE_NUMBER_FLOAT value 1.5'],
    ['string 10', {}, 'string from START_OBJECT value {'],
    ['string 10', [], 'string from START_ARRAY value ['],
  ])('%s refuses %j', (kind, input, text) => {
    expect(() => coerceValue(field(kind), input)).toThrow(
      new ValueMismatch('Field__c', '', input).constructor as ErrorConstructor,
    );
    expect(() => coerceValue(field(kind), input)).toThrow(`Cannot deserialize instance of ${text}`);
  });
});
