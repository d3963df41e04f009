import { describe, expect, it } from 'vitest';
import { type Expression, expressionOf } from '../../../../../../local/org/store/soql/expression.ts';
import { parseSoql } from '../../../../../../local/org/store/soql/parse.ts';

function show(tree: Expression): string {
  if (tree.kind === 'condition') return String(tree.condition.field);
  if (tree.kind === 'not') return `!${show(tree.inner)}`;
  return `(${show(tree.left)} ${tree.kind} ${show(tree.right)})`;
}

describe('WHERE as a tree', () => {
  it.each([
    ['A = 1 OR (B = 1 AND C = 1)', '(A or (B and C))'],
    ['A = 1 AND B = 1 AND C = 1', '((A and B) and C)'],
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
  it('refuses more than 100,000 characters and nesting without end', () => {
    expect(() => parseSoql(`SELECT Id FROM A WHERE ${'B'.repeat(100_000)} = 1`)).toThrow(
      'cannot be longer than 100000',
    );
    expect(() => parseSoql(`SELECT Id FROM A WHERE ${'('.repeat(40_000)}`)).toThrow('unexpected token');
  });

  it.each([
    ['', 'A query string has to be specified'],
    ['SELEC Id FROM A', "\nSELEC Id FROM A\n^\nERROR at Row:1:Column:1\nunexpected token: 'SELEC'"],
    ['SELECT Id, FROM A', "\nSELECT Id, FROM A\n           ^\nERROR at Row:1:Column:12\nunexpected token: 'FROM'"],
    ['SELECT Id FROM A WHERE', "ERROR at Row:1:Column:23\nunexpected token: '<EOF>'"],
    ["SELECT Id FROM A WHERE B == 'x'", "ERROR at Row:1:Column:27\nunexpected token: '='"],
    ['SELECT Id FROM A WHERE B = foo', "ERROR at Row:1:Column:28\nunexpected token: 'foo'"],
    ['SELECT Id FROM A a b', "ERROR at Row:1:Column:20\nunexpected token: 'b'"],
    ['SELECT Id\nFROM A\nLIMIT x', "ERROR at Row:3:Column:7\nunexpected token: 'x'"],
    ['SELECT * FROM A', "ERROR at Row:1:Column:8\nunexpected token: '*'"],
    ['SELECT Id FROM A;', "ERROR at Row:1:Column:17\nunexpected token: ';'"],
    ['SELECT Id FROM A WHERE B = "x"', "ERROR at Row:1:Column:28\nunexpected token: '\"'"],
    ["SELECT Id FROM A WHERE B = 'x", "mismatched character '<EOF>' expecting '''"],
    ['SELECT Id FROM A ALL ROWS', "unexpected token: 'ROWS'"],
  ])('%j', (text, message) => {
    expect(() => parseSoql(text)).toThrow(message);
  });
});

describe('AND and OR side by side', () => {
  it.each([
    ["A = 'OR' AND B = 1 OR C = 1", "ERROR at Row:1:Column:43\nunexpected token: 'OR'"],
    ['(A = 1 OR B = 1) AND C = 1 or D = 1', "ERROR at Row:1:Column:51\nunexpected token: 'or'"],
    ['A = 1 OR B = 1 AND C = 1', "ERROR at Row:1:Column:39\nunexpected token: 'AND'"],
  ])('%s', (where, message) => {
    const text = `SELECT Id FROM X WHERE ${where}`;
    const query = parseSoql(text);
    expect(() => query.where && expressionOf(query.where, text)).toThrow(message);
  });
});
