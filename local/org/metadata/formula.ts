import type { FieldValue } from '../store/definitions.ts';
import { callOf, type Expression, isBlank, isTrue, numberOf, textOf, valueIn } from './formula-functions.ts';
import { type Token, tokensOf } from './formula-tokens.ts';

type Operation = (left: FieldValue, right: FieldValue) => FieldValue;

const operations: Readonly<Record<string, { readonly binds: number; readonly work: Operation }>> = {
  '||': { binds: 1, work: (left, right) => isTrue(left) || isTrue(right) },
  '&&': { binds: 2, work: (left, right) => isTrue(left) && isTrue(right) },
  '=': { binds: 3, work: equal },
  '==': { binds: 3, work: equal },
  '<>': { binds: 3, work: (left, right) => !equal(left, right) },
  '!=': { binds: 3, work: (left, right) => !equal(left, right) },
  '<': { binds: 4, work: ordered((order) => order < 0) },
  '<=': { binds: 4, work: ordered((order) => order <= 0) },
  '>': { binds: 4, work: ordered((order) => order > 0) },
  '>=': { binds: 4, work: ordered((order) => order >= 0) },
  '&': { binds: 5, work: (left, right) => textOf(left) + textOf(right) },
  '+': { binds: 5, work: plus },
  '-': { binds: 5, work: (left, right) => numberOf(left) - numberOf(right) },
  '*': { binds: 6, work: (left, right) => numberOf(left) * numberOf(right) },
  '/': { binds: 6, work: (left, right) => numberOf(left) / numberOf(right) },
  '^': { binds: 7, work: (left, right) => numberOf(left) ** numberOf(right) },
};

/** A formula of the simple kind: the record's own fields, literals, operators and the usual functions. Throws SyntaxError. */
export function parseFormula(formula: string): Expression {
  const tokens = tokensOf(formula);
  let place = 0;
  const peek = (): Token | undefined => tokens[place];
  const isNext = (text: string): boolean => peek()?.kind === 'operator' && peek()?.text === text;
  const expect = (text: string): void => {
    if (!isNext(text)) throw new SyntaxError(`'${text}' is missing before '${peek()?.text ?? 'the end'}'`);
    place += 1;
  };

  const call = (name: string): Expression => {
    expect('(');
    const values: Expression[] = [];
    const names: string[] = [];
    while (!isNext(')')) {
      if (values.length > 0) expect(',');
      names.push(peek()?.text ?? '');
      values.push(binary(0));
    }
    expect(')');
    const made = callOf(name.toUpperCase(), values, names);
    if (made === undefined) throw new SyntaxError(`Unknown function ${name}`);
    return made;
  };

  const operand = (): Expression => {
    const token = tokens[place];
    place += 1;
    if (token?.kind === 'number') return constant(Number(token.text));
    if (token?.kind === 'text') return constant(token.text);
    if (token?.kind === 'name') return isNext('(') ? call(token.text) : named(token.text);
    if (token?.text === '-') {
      const value = operand();
      return (input) => -numberOf(value(input));
    }
    if (token?.text === '!') {
      const value = operand();
      return (input) => !isTrue(value(input));
    }
    if (token?.text !== '(') throw new SyntaxError(`unexpected '${token?.text ?? 'end'}'`);
    const value = binary(0);
    expect(')');
    return value;
  };

  function binary(minimum: number): Expression {
    let left = operand();
    for (let token = peek(); token?.kind === 'operator'; token = peek()) {
      const operation = operations[token.text];
      if (operation === undefined || operation.binds <= minimum) break;
      place += 1;
      const [start, right] = [left, binary(operation.binds)];
      left = (input) => operation.work(start(input), right(input));
    }
    return left;
  }

  const whole = binary(0);
  if (place < tokens.length) throw new SyntaxError(`unexpected '${peek()?.text}'`);
  return whole;
}

function constant(value: FieldValue): Expression {
  return () => value;
}

function named(name: string): Expression {
  if (/^true$/i.test(name)) return constant(true);
  if (/^false$/i.test(name)) return constant(false);
  if (/^null$/i.test(name)) return constant(null);
  return ({ after }) => valueIn(after, name);
}

function equal(left: FieldValue, right: FieldValue): boolean {
  return isBlank(left) || isBlank(right) ? isBlank(left) && isBlank(right) : left === right;
}

/** Numbers by size, texts and dates as they sort; a comparison with nothing is never true. */
function ordered(holds: (order: number) => boolean): Operation {
  return (left, right) => {
    if (isBlank(left) || isBlank(right)) return false;
    if (typeof left === 'number' || typeof right === 'number') return holds(numberOf(left) - numberOf(right));
    const [a, b] = [textOf(left), textOf(right)];
    return holds(a < b ? -1 : a > b ? 1 : 0);
  };
}

/** Adds numbers, joins texts, and moves a date by days. */
function plus(left: FieldValue, right: FieldValue): FieldValue {
  if (typeof left !== 'string' || isBlank(right)) return numberOf(left) + numberOf(right);
  if (typeof right !== 'number') return left + textOf(right);
  return new Date(Date.parse(left) + right * 86_400_000).toISOString().slice(0, left.length);
}
