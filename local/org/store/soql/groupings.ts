import type { ParsedFunction } from './expression.ts';
import type { ParsedQuery } from './parse.ts';
import { malformed } from './query-error.ts';

export interface GroupingItem {
  readonly field?: string;
  readonly fn?: ParsedFunction;
}

export interface Groupings {
  readonly items: readonly GroupingItem[];
  /** Which of the items each round of grouping goes by; a plain GROUP BY has one round with all of them. */
  readonly rounds: readonly ReadonlySet<number>[];
}

const largestSubtotals = 3;

/** What GROUP BY groups by: fields, or ROLLUP and CUBE with their subtotals ("GROUP BY ROLLUP", SOQL and SOSL Reference). */
export function groupingsOf(query: ParsedQuery): Groupings {
  const clauses: readonly GroupingItem[] = [query.groupBy ?? []].flat();
  const [first] = clauses;
  const name = first?.fn?.functionName?.toUpperCase();
  if (name !== 'ROLLUP' && name !== 'CUBE') return { items: clauses, rounds: [new Set(clauses.keys())] };
  const fields = first?.fn?.parameters ?? [];
  if (clauses.length > 1 || fields.length > largestSubtotals) {
    throw malformed(`GROUP BY ${name} can have up to ${largestSubtotals} fields and nothing beside it`);
  }
  const items = fields.map((field) => (typeof field === 'string' ? { field } : { fn: field }));
  return { items, rounds: name === 'ROLLUP' ? prefixes(items.length) : subsets(items.length) };
}

function prefixes(count: number): readonly ReadonlySet<number>[] {
  return Array.from({ length: count + 1 }, (_unused, index) => new Set(Array.from({ length: count - index }).keys()));
}

/** The fuller ones first. */
function subsets(count: number): readonly ReadonlySet<number>[] {
  const all = Array.from({ length: 2 ** count }, (_unused, bits) => {
    return new Set(Array.from({ length: count }, (_item, index) => index).filter((index) => (bits >> index) & 1));
  });
  return all.sort((a, b) => b.size - a.size);
}
