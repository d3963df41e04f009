import { describe, expect, it } from 'vitest';
import type { FieldValue } from '../../../../../../local/org/store/definitions.ts';
import { fieldFromLine } from '../../../../../../local/org/store/field-table.ts';
import { compileCondition } from '../../../../../../local/org/store/soql/conditions.ts';
import { type Expression, expressionOf } from '../../../../../../local/org/store/soql/expression.ts';
import { parseSoql } from '../../../../../../local/org/store/soql/parse.ts';

const now = Date.parse('2026-05-13T10:00:00Z');

function test(kind: string, where: string, flags = '') {
  const text = `SELECT Id FROM X WHERE F ${where}`;
  const { where: clause } = parseSoql(text);
  const tree: Expression | undefined = clause === undefined ? undefined : expressionOf(clause);
  if (tree?.kind !== 'condition') throw new Error(text);
  return compileCondition(fieldFromLine(['F', 'F', kind, flags]), tree.condition, text, now);
}

describe('conditions', () => {
  it.each<[string, string, FieldValue, boolean]>([
    ['string 80', "= 'abc'", 'ABC', true],
    ['string 80', "= 'it\\'s'", "it's", true],
    ['string 80', "= 'a\\\\b'", 'a\\b', true],
    ['string 80', '= null', null, true],
    ['string 80', '!= null', null, false],
    ['string 80', "!= 'a'", null, true],
    ['string 80', "< 'b'", 'A', true],
    ['string 80', "< 'b'", null, false],
    ['string 80', "LIKE 'a%'", 'Abc', true],
    ['string 80', "LIKE 'a_c'", 'abbc', false],
    ['string 80', "LIKE '50\\%'", '50%', true],
    ['string 80', "LIKE '50\\%'", '500', false],
    ['string 80', "LIKE 'a.c'", 'abc', false],
    ['string 80', "LIKE '%'", null, false],
    ['string 80', "IN ('a', 'b')", 'B', true],
    ['string 80', "NOT IN ('a')", null, true],
    ['double 18 2', '>= -3.5', -3.5, true],
    ['int 8', 'IN (1, 2)', 2, true],
    ['boolean', '= true', true, true],
    ['boolean', '!= TRUE', false, true],
    ['date', '= TODAY', '2026-05-13', true],
    ['date', '< 2026-05-13', '2026-05-12', true],
    ['datetime', '= YESTERDAY', '2026-05-12T23:59:59.000Z', true],
    ['datetime', '> TODAY', '2026-05-13T23:00:00.000Z', false],
    ['datetime', '>= 2026-05-13T12:00:00+02:00', '2026-05-13T10:00:00.000Z', true],
    ['datetime', '= LAST_N_DAYS:2', '2026-05-11T00:00:00.000Z', true],
    ['datetime', '= LAST_MONTH', '2026-04-30T12:00:00.000Z', true],
    ['datetime', '= THIS_QUARTER', '2026-06-30T12:00:00.000Z', true],
    ['datetime', '= N_DAYS_AGO:1', '2026-05-13T00:00:00.000Z', false],
    ['date', '= THIS_WEEK', '2026-05-10', true],
    ['reference Account', "= '001M000000qfPyS'", '001M000000qfPySIAU', true],
    ['multipicklist 255', "INCLUDES ('a;b', 'c')", 'b;x;A', true],
    ['multipicklist 255', "EXCLUDES ('a')", 'b', true],
  ])('%s %s on %j is %s', (kind, where, value, expected) => {
    expect(test(kind, where)(value)).toBe(expected);
  });

  it('minds the case where the field does', () => {
    expect(test('string 80', "= 'abc'", 'caseSensitive')('ABC')).toBe(false);
  });

  it.each([
    ['string 80', '= 1', 'must be of type string and should be enclosed in quotes'],
    ['double 18 2', "= '1'", 'must be of type double and should not be enclosed in quotes'],
    ['boolean', "= 'true'", 'must be of type boolean and should not be enclosed in quotes'],
    ['datetime', "= '2020-01-01'", 'must be of type dateTime and should not be enclosed in quotes'],
    ['reference Account', "= 'nope'", 'invalid ID field: nope'],
    ['textarea 4000', "= 'a'", "field 'F' can not be filtered in a query call"],
  ])('%s refuses %s', (kind, where, message) => {
    expect(() => test(kind, where)).toThrow(message);
  });
});
