import { describe, expect, it } from 'vitest';
import { parseFormula } from '../../../../../local/org/metadata/formula.ts';

const after = { Name: 'Ada', Amount: 5, Status: 'Open', Closed: false, Start: '2026-05-13', Empty: null };
const input = { after, before: { ...after, Status: 'New' }, now: Date.parse('2026-05-13T10:00:00Z') };

describe('formulas', () => {
  it.each([
    ['Amount > 4 && Amount <= 5', true],
    ['amount * 2 + 1 = 11', true],
    ['2 + 3 * 4', 14],
    ['(2 + 3) * 4', 20],
    ['-Amount < 0', true],
    ['ISBLANK(Empty) || 1 = 2', true],
    ['Empty > 1', false],
    ['Empty = ""', true],
    ['Name <> "Bob"', true],
    ['Name & "!"', 'Ada!'],
    ["NOT(ISPICKVAL(Status, 'Open'))", false],
    ['IF(Closed, 1, LEN(Name))', 3],
    ['ISCHANGED(Status)', true],
    ['ISCHANGED(Name)', false],
    ['PRIORVALUE(Status) = "New"', true],
    ['ISNEW()', false],
    ['Start = TODAY()', true],
    ['Start + 1', '2026-05-14'],
    ['Start < TODAY() - 0', false],
    ['REGEX(Name, "[A-Z][a-z]+")', true],
    ['CONTAINS(UPPER(Name), "DA") /* a comment */', true],
    ['OR(AND(true, false), !Closed)', true],
  ])('%s is %j', (formula, expected) => {
    expect(parseFormula(formula)(input)).toBe(expected);
  });

  it.each(['', 'AND(', 'Name =', 'NOPE(1)', 'Name Name', '1 ~ 2'])('refuses %j', (formula) => {
    expect(() => parseFormula(formula)).toThrow(SyntaxError);
  });
});
