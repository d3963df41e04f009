import { parseQuery, type Query, type WhereClause } from '@jetstreamapp/soql-parser-js';
import { malformed } from './query-error.ts';

/** Parses SOQL or refuses it as Salesforce does: MALFORMED_QUERY naming the unexpected token. */
export function parseSoql(text: string): Query & { readonly sObject: string } {
  if (text.trim() === '') throw malformed('A query string has to be specified');
  let query: Query;
  try {
    query = parseQuery(text);
  } catch (error) {
    throw malformed(unexpectedToken(error));
  }
  const { sObject } = query;
  if (sObject === undefined) throw malformed("unexpected token: '<EOF>'");
  return { ...query, sObject };
}

function unexpectedToken(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const found = /but found:? (?:--> )?'(.*?)'/.exec(message)?.[1] ?? /character: ->(.)<-/.exec(message)?.[1];
  if (found === undefined || found === '') return "unexpected token: '<EOF>'";
  return `unexpected token: '${found}'`;
}

/** The conditions of a WHERE clause as a tree with the usual precedence: NOT before AND before OR, parentheses first. */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly inner: Expression }
  | { readonly kind: 'condition'; readonly condition: ParsedCondition };

export interface ParsedCondition {
  readonly field?: string;
  readonly fn?: { readonly rawValue?: string };
  readonly operator: string;
  readonly value?: string | readonly string[];
  readonly literalType?: string | readonly string[];
  readonly valueQuery?: Query;
  readonly dateLiteralVariable?: number | readonly number[];
}

type Token = '(' | ')' | 'AND' | 'OR' | 'NOT' | ParsedCondition;

/** The library gives a chain of conditions with counts of parentheses; this puts the tree together. */
export function expressionOf(where: WhereClause): Expression {
  const tokens = [...tokensOf(where)];
  let position = 0;
  const next = (): Token | undefined => tokens[position];

  const parseOr = (): Expression => {
    let left = parseAnd();
    while (next() === 'OR') {
      position += 1;
      left = { kind: 'or', left, right: parseAnd() };
    }
    return left;
  };
  const parseAnd = (): Expression => {
    let left = parseUnary();
    while (next() === 'AND') {
      position += 1;
      left = { kind: 'and', left, right: parseUnary() };
    }
    return left;
  };
  const parseUnary = (): Expression => {
    const token = next();
    position += 1;
    if (token === 'NOT') return { kind: 'not', inner: parseUnary() };
    if (token === '(') {
      const inner = parseOr();
      position += 1;
      return inner;
    }
    if (token === undefined || typeof token === 'string') throw malformed(`unexpected token: '${token ?? '<EOF>'}'`);
    return { kind: 'condition', condition: token };
  };
  return parseOr();
}

function* tokensOf(where: WhereClause | undefined): Generator<Token> {
  let clause: WhereClause | undefined = where;
  while (clause !== undefined) {
    const left = clause.left as (ParsedCondition & { openParen?: number; closeParen?: number }) | null;
    for (let count = left?.openParen ?? 0; count > 0; count -= 1) yield '(';
    if (left !== null && left.operator !== undefined) yield left;
    for (let count = left?.closeParen ?? 0; count > 0; count -= 1) yield ')';
    if ('operator' in clause) {
      yield clause.operator;
      clause = clause.right;
    } else {
      clause = undefined;
    }
  }
}
