import { describe, expect, it } from 'vitest';
import { type Expression, expressionOf, parseSoql } from '../../../../../../local/org/store/soql/parse.ts';

function show(tree: Expression): string {
  if (tree.kind === 'condition') return String(tree.condition.field);
  if (tree.kind === 'not') return `!${show(tree.inner)}`;
  return `(${show(tree.left)} ${tree.kind} ${show(tree.right)})`;
}

describe('WHERE as a tree', () => {
  it.each([
    ['A = 1 OR B = 1 AND C = 1', '(A or (B and C))'],
    ['(A = 1 OR B = 1) AND C = 1', '((A or B) and C)'],
    ['NOT A = 1 AND B = 1', '(!A and B)'],
    ['NOT (A = 1 OR B = 1) AND C = 1', '(!(A or B) and C)'],
    ['(NOT A = 1) AND B = 1', '(!A and B)'],
    ['NOT (NOT (A = 1 AND B = 1))', '!!(A and B)'],
    ['((NOT A = 1) OR (B = 1))', '(!A or B)'],
    ['A = 1 AND (B = 1 OR (C = 1 AND NOT D = 1))', '(A and (B or (C and !D)))'],
  ])('%s', (where, tree) => {
    const query = parseSoql(`SELECT Id FROM X WHERE ${where}`);
    if (query.where === undefined) throw new Error('no WHERE');
    expect(show(expressionOf(query.where))).toBe(tree);
  });
});

describe('refused queries', () => {
  it.each([
    ['', 'A query string has to be specified'],
    ['SELEC Id FROM A', "unexpected token: 'SELEC'"],
    ['SELECT Id, FROM A', "unexpected token: 'FROM'"],
    ['SELECT Id FROM A WHERE', "unexpected token: '<EOF>'"],
  ])('%j', (text, message) => {
    expect(() => parseSoql(text)).toThrow(message);
  });
});
