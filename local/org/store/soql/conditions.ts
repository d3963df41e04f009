import type { FieldDefinition, FieldValue } from '../definitions.ts';
import { toId18 } from '../ids.ts';
import { parseDateTime } from '../values.ts';
import { type DaySpan, spanOfLiteral } from './date-literals.ts';
import type { ParsedCondition } from './expression.ts';
import { invalidCondition, malformed } from './query-error.ts';

export type ValueTest = (value: FieldValue) => boolean;

const numberTypes = new Set(['int', 'double', 'currency', 'percent']);
const dateTypes = new Set(['date', 'datetime']);
const idTypes = new Set(['id', 'reference']);
const equality = ['=', '!=', '<>', 'IN', 'NOT IN'];
const order = ['<', '<=', '>', '>='];

/** Operators that a type takes; what is not listed is text and takes all but INCLUDES and EXCLUDES. */
const operatorsOf: Readonly<Record<string, readonly string[]>> = {
  boolean: equality,
  id: [...equality, ...order],
  reference: [...equality, ...order],
  multipicklist: [...equality, 'LIKE', 'INCLUDES', 'EXCLUDES'],
  ...Object.fromEntries([...numberTypes, ...dateTypes, 'time'].map((type) => [type, [...equality, ...order]])),
};
const textOperators = [...equality, ...order, 'LIKE'];

/** One literal of a condition in the form values of the field are compared in. */
type Operand = FieldValue | DaySpan;

interface LiteralContext {
  readonly field: FieldDefinition;
  readonly query: string;
  readonly now: number;
}

/** The test that a condition makes on one value of its field. `members` are the results of a sub-select. */
export function compileCondition(
  field: FieldDefinition,
  condition: ParsedCondition,
  query: string,
  now: number,
  members?: readonly FieldValue[],
): ValueTest {
  const context = { field, query, now };
  if (!field.filterable) {
    throw invalidCondition(query, field.name, `field '${field.name}' can not be filtered in a query call`);
  }
  const operator = condition.operator.toUpperCase();
  if (!(operatorsOf[field.type] ?? textOperators).includes(operator)) {
    throw invalidCondition(query, field.name, `invalid operator on ${field.type} field`);
  }
  const operands = members ?? literalsOf(condition).map(([text, type]) => operandOf(context, text, type));
  // IDs are in order of creation only when their case counts; clients page with `Id > '…'`.
  const fold = field.caseSensitive || idTypes.has(field.type) ? (value: FieldValue) => value : foldCase;
  const [first = null] = operands;
  switch (operator) {
    case '=':
      return equals(first, fold);
    case '!=':
    case '<>':
      return not(equals(first, fold));
    case '<':
      return ordered(first, fold, (order) => order < 0);
    case '<=':
      return ordered(first, fold, (order) => order <= 0);
    case '>':
      return ordered(first, fold, (order) => order > 0);
    case '>=':
      return ordered(first, fold, (order) => order >= 0);
    case 'LIKE':
      return like(String(first ?? ''));
    case 'IN':
      return oneOf(operands, fold);
    case 'NOT IN':
      return not(oneOf(operands, fold));
    case 'INCLUDES':
      return includes(operands);
    default:
      return not(includes(operands));
  }
}

function literalsOf(condition: ParsedCondition): readonly (readonly [string, string])[] {
  const values = Array.isArray(condition.value) ? condition.value : [condition.value ?? 'NULL'];
  return values.map((value, index) => {
    const type = Array.isArray(condition.literalType) ? condition.literalType[index] : condition.literalType;
    return [String(value), String(type ?? 'STRING')] as const;
  });
}

function operandOf(context: LiteralContext, text: string, literalType: string): Operand {
  const { field, query, now } = context;
  if (literalType === 'NULL') return null;
  if (literalType === 'DATE_LITERAL' || literalType === 'DATE_N_LITERAL') {
    const span = dateTypes.has(field.type) ? spanOfLiteral(text, now) : undefined;
    if (span === undefined) throw wrongType(context);
    return span;
  }
  const isText = literalType === 'STRING';
  if (numberTypes.has(field.type)) {
    const number = isText || literalType === 'BOOLEAN' ? Number.NaN : Number(text.replace(/^[A-Za-z]{3}/, ''));
    if (Number.isNaN(number)) throw wrongType(context);
    return number;
  }
  if (field.type === 'boolean') {
    if (literalType !== 'BOOLEAN') throw wrongType(context);
    return text.toUpperCase() === 'TRUE';
  }
  if (dateTypes.has(field.type)) {
    // A date does not stand for a datetime, nor the other way round.
    const parsed = literalType.toLowerCase() === field.type ? parseDateTime(text) : undefined;
    if (parsed === undefined) throw wrongType(context);
    return field.type === 'date' ? parsed.slice(0, 10) : parsed;
  }
  if (!isText) throw wrongType(context);
  const value = unquote(text);
  if (!idTypes.has(field.type)) return value;
  const id = toId18(value);
  if (id === undefined && value !== '') throw invalidCondition(query, field.name, `invalid ID field: ${value}`);
  return id ?? null;
}

function wrongType({ field, query }: LiteralContext): Error {
  const kind = numberTypes.has(field.type) ? (field.type === 'int' ? 'int' : 'double') : field.type;
  const bare = numberTypes.has(field.type) || field.type === 'boolean' || dateTypes.has(field.type);
  const type = kind === 'datetime' ? 'dateTime' : bare ? kind : 'string';
  const quotes = bare ? 'should not be enclosed in quotes' : 'should be enclosed in quotes';
  const message = `value of filter criterion for field '${field.name}' must be of type ${type} and ${quotes}`;
  return invalidCondition(query, field.name, message);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** The text of a SOQL string literal; a LIKE pattern keeps its backslashes before % and _. */
export function unquote(literal: string): string {
  const inner = literal.replace(/^'|'$/g, '');
  return inner.replace(/\\(u[0-9A-Fa-f]{4}|[\s\S])/g, (sequence, escaped: string) => {
    if (escaped.length === 5) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    if (escaped === '%' || escaped === '_') return sequence;
    if ('"\'\\'.includes(escaped)) return escaped;
    const control = escapes[escaped.toLowerCase()];
    if (control !== undefined) return control;
    throw malformed(
      `Invalid string literal '${inner}'. Illegal character sequence '${sequence}' in string literal '${inner}'`,
    );
  });
}

function foldCase(value: FieldValue): FieldValue {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function isSpan(operand: Operand): operand is DaySpan {
  return typeof operand === 'object' && operand !== null;
}

function equals(operand: Operand, fold: (value: FieldValue) => FieldValue): ValueTest {
  if (isSpan(operand)) return (value) => typeof value === 'string' && comparedToSpan(value, operand) === 0;
  const wanted = fold(operand);
  return (value) => fold(value) === wanted;
}

function ordered(
  operand: Operand,
  fold: (value: FieldValue) => FieldValue,
  accept: (order: number) => boolean,
): ValueTest {
  if (operand === null) return () => false;
  if (isSpan(operand)) return (value) => typeof value === 'string' && accept(comparedToSpan(value, operand));
  const wanted = fold(operand);
  return (value) => {
    if (value === null || wanted === null) return false;
    const folded = fold(value);
    if (folded === null) return false;
    return accept(folded < wanted ? -1 : folded > wanted ? 1 : 0);
  };
}

function comparedToSpan(value: string, span: DaySpan): number {
  const time = Date.parse(value.length === 10 ? `${value}T00:00:00.000Z` : value);
  return time < span.from ? -1 : time >= span.to ? 1 : 0;
}

function oneOf(operands: readonly Operand[], fold: (value: FieldValue) => FieldValue): ValueTest {
  const spans = operands.filter(isSpan);
  const values = new Set(operands.filter((operand) => !isSpan(operand)).map((value) => fold(value as FieldValue)));
  return (value) => values.has(fold(value)) || spans.some((span) => equals(span, fold)(value));
}

function not(test: ValueTest): ValueTest {
  return (value) => !test(value);
}

function like(pattern: string): ValueTest {
  const source = pattern.replace(/\\?[\s\S]/g, (token) => {
    if (token === '%') return '[\\s\\S]*';
    if (token === '_') return '[\\s\\S]';
    const literal = token.length === 2 ? token.slice(1) : token;
    return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  const expression = new RegExp(`^${source}$`, 'i');
  return (value) => value !== null && expression.test(String(value));
}

/** `INCLUDES ('A;B', 'C')`: the value holds A and B, or C. */
function includes(operands: readonly Operand[]): ValueTest {
  const alternatives = operands.map((operand) => String(operand).toLowerCase().split(';'));
  return (value) => {
    const chosen = new Set(
      String(value ?? '')
        .toLowerCase()
        .split(';'),
    );
    return alternatives.some((all) => all.every((item) => chosen.has(item)));
  };
}
