import type { HavingClause, Query, WhereClause } from '@jetstreamapp/soql-parser-js';
import { excerptAt, malformed, positionOf } from './query-error.ts';

/** The conditions of a WHERE or HAVING clause as a tree. */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly inner: Expression }
  | { readonly kind: 'condition'; readonly condition: ParsedCondition };

export interface ParsedFunction {
  readonly rawValue?: string;
  readonly functionName?: string;
  readonly parameters?: readonly (string | ParsedFunction)[];
}

export interface ParsedCondition {
  readonly field?: string;
  readonly fn?: ParsedFunction;
  readonly operator: string;
  readonly value?: string | readonly string[];
  readonly literalType?: string | readonly string[];
  readonly valueQuery?: Query;
  readonly dateLiteralVariable?: number | readonly number[];
}

type Token = '(' | ')' | 'AND' | 'OR' | 'NOT' | ParsedCondition;

/**
 * The library gives a chain of conditions with counts of parentheses; this puts the tree together. AND and OR side by side
 * are refused: SOQL has no precedence between them, "Comparison Operators" of the SOQL and SOSL Reference.
 */
export function expressionOf(clause: WhereClause | HavingClause, text = ''): Expression {
  const tokens = [...tokensOf(clause)];
  let position = 0;
  const next = (): Token | undefined => tokens[position];

  const parseChain = (): Expression => {
    let left = parseUnary();
    const joint = next();
    if (joint !== 'AND' && joint !== 'OR') return left;
    const kind = joint === 'AND' ? 'and' : 'or';
    while (next() === joint) {
      position += 1;
      left = { kind, left, right: parseUnary() };
    }
    const after = next();
    if (after === 'AND' || after === 'OR') throw mixed(tokens, position, after, text);
    return left;
  };
  const parseUnary = (): Expression => {
    const token = next();
    position += 1;
    if (token === 'NOT') return { kind: 'not', inner: parseUnary() };
    if (token === '(') {
      const inner = parseChain();
      position += 1;
      return inner;
    }
    if (token === undefined || typeof token === 'string') throw malformed(`unexpected token: '${token ?? '<EOF>'}'`);
    return { kind: 'condition', condition: token };
  };
  return parseChain();
}

function mixed(tokens: readonly Token[], position: number, operator: 'AND' | 'OR', text: string): Error {
  const before = tokens.slice(0, position).filter((token) => token === operator).length;
  const at = positionOf(text, operator, before) ?? 0;
  return malformed(
    `${excerptAt(text, at, operator.length)}unexpected token: '${text.slice(at, at + operator.length)}'`,
  );
}

function* tokensOf(first: WhereClause | HavingClause): Generator<Token> {
  let clause: WhereClause | HavingClause | undefined = first;
  while (clause !== undefined) {
    const left = clause.left as (ParsedCondition & { openParen?: number; closeParen?: number }) | null;
    for (let count = left?.openParen ?? 0; count > 0; count -= 1) yield '(';
    if (left !== null && left.operator !== undefined) yield left;
    for (let count = left?.closeParen ?? 0; count > 0; count -= 1) yield ')';
    if (!('operator' in clause)) return;
    yield clause.operator;
    clause = clause.right;
  }
}

/** Turns the tree into one test; `leaf` makes the test of a condition. */
export function compileExpression<T>(
  tree: Expression,
  leaf: (condition: ParsedCondition) => (row: T) => boolean,
): (row: T) => boolean {
  if (tree.kind === 'condition') return leaf(tree.condition);
  if (tree.kind === 'not') {
    const inner = compileExpression(tree.inner, leaf);
    return (row) => !inner(row);
  }
  const left = compileExpression(tree.left, leaf);
  const right = compileExpression(tree.right, leaf);
  return tree.kind === 'and' ? (row) => left(row) && right(row) : (row) => left(row) || right(row);
}

export function* conditionsOf(tree: Expression): Generator<ParsedCondition> {
  if (tree.kind === 'condition') yield tree.condition;
  else if (tree.kind === 'not') yield* conditionsOf(tree.inner);
  else {
    yield* conditionsOf(tree.left);
    yield* conditionsOf(tree.right);
  }
}
