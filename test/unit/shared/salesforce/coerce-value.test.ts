import { describe, expect, it } from 'vitest';
import { coerceValue, type FieldForm } from '../../../../shared/salesforce/coerce-value.ts';
import { parseExact } from '../../../../shared/salesforce/exact-json.ts';

const forms: Readonly<Record<string, Partial<FieldForm>>> = {
  string: { length: 10 },
  multipicklist: { length: 4099 },
  int: { digits: 8 },
  currency: { precision: 18, scale: 2 },
  percent: { precision: 5, scale: 2 },
};
const coerce = (type: string, value: unknown) => coerceValue(value, { type, length: 0, ...forms[type] });

/** What is sent for a value; as JSON, since a number may have more digits than a double. */
describe('a value in the form of its field', () => {
  it.each<[string, unknown, string]>([
    ['string', 'abc', '"abc"'],
    ['string', 17, '"17"'],
    ['string', true, '"true"'],
    ['textarea', 'any length '.repeat(100), JSON.stringify('any length '.repeat(100))],
    ['reference', '001000000000001AAA', '"001000000000001AAA"'],
    ['boolean', true, 'true'],
    ['boolean', 'TRUE', 'true'],
    ['boolean', ' no ', 'false'],
    ['boolean', 1, 'true'],
    ['boolean', '0', 'false'],
    ['int', 5, '5'],
    ['int', '+12', '12'],
    ['int', '3.0', '3'],
    ['int', '1e3', '1000'],
    ['long', '9007199254740993', '9007199254740993'],
    ['long', parseExact('9007199254740993'), '9007199254740993'],
    ['double', '1.50', '1.5'],
    ['double', -0.25, '-0.25'],
    ['double', '.5', '0.5'],
    ['currency', '1234567890123456.78', '1234567890123456.78'],
    ['currency', parseExact('1234567890123456.78'), '1234567890123456.78'],
    ['currency', '+1234567890123456.', '1234567890123456'],
    ['percent', '99.999', '99.999'],
    ['date', '2026-03-31', '"2026-03-31"'],
    ['date', '2026-03-31T22:00:00Z', '"2026-03-31"'],
    ['date', 1_774_915_200_000, '"2026-03-31"'],
    ['date', '1774915200000', '"2026-03-31"'],
    ['date', 20_543, '"2026-03-31"'],
    ['date', -1, '"1969-12-31"'],
    ['datetime', '2026-03-31T10:00:00.000+0000', '"2026-03-31T10:00:00.000+0000"'],
    ['datetime', '2026-03-31T10:00:00+02:00', '"2026-03-31T10:00:00.000+02:00"'],
    ['datetime', '2026-03-31 10:00:00.123456', '"2026-03-31T10:00:00.123Z"'],
    ['datetime', '2026-03-31', '"2026-03-31T00:00:00.000Z"'],
    ['datetime', 1_774_951_200_000, '"2026-03-31T10:00:00.000Z"'],
    ['datetime', '1774951200000', '"2026-03-31T10:00:00.000Z"'],
    ['time', '17:30', '"17:30:00.000Z"'],
    ['time', '17:30:15.5Z', '"17:30:15.500Z"'],
    ['time', 63_015_500, '"17:30:15.500Z"'],
    ['multipicklist', ['a', 'b', 3], '"a;b;3"'],
    ['multipicklist', [], '""'],
    ['multipicklist', 'a;b', '"a;b"'],
  ])('%s: %j is sent as %s', (type, value, sent) => {
    const coerced = coerce(type, value);
    expect('value' in coerced ? JSON.stringify(coerced.value) : coerced).toBe(sent);
  });

  const wrongType = 'INVALID_TYPE_ON_FIELD_IN_RECORD';
  it.each<[string, unknown, string]>([
    ['string', 'eleven char', 'STRING_TOO_LONG'],
    ['string', { a: 1 }, wrongType],
    ['string', ['a'], wrongType],
    ['boolean', 'perhaps', wrongType],
    ['boolean', 2, wrongType],
    ['int', 'many', wrongType],
    ['int', 1.5, wrongType],
    ['int', true, wrongType],
    ['int', 123_456_789_012, 'NUMBER_OUTSIDE_VALID_RANGE'],
    ['int', 2_147_483_648, 'NUMBER_OUTSIDE_VALID_RANGE'],
    ['long', '99999999999999999999', 'NUMBER_OUTSIDE_VALID_RANGE'],
    ['double', 'NaN', wrongType],
    ['double', Number.POSITIVE_INFINITY, wrongType],
    ['double', '1,5', wrongType],
    ['double', false, wrongType],
    ['percent', 1000, 'NUMBER_OUTSIDE_VALID_RANGE'],
    ['date', '31.03.2026', wrongType],
    ['date', '2026-02-30', wrongType],
    ['date', true, wrongType],
    ['datetime', 'yesterday', wrongType],
    ['datetime', '2026-03-31T25:00:00Z', wrongType],
    ['datetime', 9e18, wrongType],
    ['time', '25:00', wrongType],
    ['time', 86_400_000, wrongType],
    ['multipicklist', ['a;b'], wrongType],
    ['multipicklist', [{}], wrongType],
  ])('%s: %j is refused before the call as %s', (type, value, status) => {
    expect(coerce(type, value)).toMatchObject({ status });
  });

  it('says what is wrong without the value', () => {
    expect(JSON.stringify(coerce('string', 'secret words'))).not.toContain('secret');
    expect(JSON.stringify(coerce('int', 'secret words'))).not.toContain('secret');
  });
});
