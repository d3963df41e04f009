import { identityOf } from './row-identity.ts';
import type { PlannedRow, RowWrite } from './row-write.ts';

/** The writes of one row that are still to be made, in order. */
interface Line {
  readonly writes: readonly RowWrite[];
}

/** What holds between different rows of a batch: parents come before children that name them, and go after them. */
export interface RowOrder {
  /** Whether a delete takes away a row that others name, so that what comes before it has to be written first. */
  takesParent(row: Pick<PlannedRow, 'operation' | 'key'>): boolean;
  /** Lines whose first write has to wait for another line. */
  waiting<Each extends Line>(lines: Iterable<Each>): ReadonlySet<Each>;
}

export function createRowOrder(rows: readonly PlannedRow[]): RowOrder {
  /** Identities of the parents. */
  const named = new Set<string>();
  for (const { parents } of rows) for (const parent of parents) named.add(identityOf(parent));
  const takesParent: RowOrder['takesParent'] = ({ operation, key }) =>
    named.size > 0 && operation === 'delete' && key !== undefined && named.has(identityOf(key));
  const parentsGo = rows.some(takesParent);

  /** Lines that will write a parent, by its identity. */
  function comingParents<Each extends Line>(lines: Iterable<Each>): ReadonlyMap<string, Each> {
    const coming = new Map<string, Each>();
    for (const line of lines) {
      for (const { operation, rows: merged } of line.writes) {
        if (operation === 'delete') continue;
        for (const identity of merged.flatMap(({ provides }) => provides)) {
          if (named.has(identity)) coming.set(identity, line);
        }
      }
    }
    return coming;
  }

  /** Places of the first rows that name a parent, by its identity. */
  function firstChildren(lines: Iterable<Line>): ReadonlyMap<string, number> {
    const first = new Map<string, number>();
    if (!parentsGo) return first;
    for (const { writes } of lines) {
      for (const { parents, place } of writes.flatMap(({ rows: merged }) => merged)) {
        for (const parent of parents.map(identityOf)) first.set(parent, Math.min(place, first.get(parent) ?? place));
      }
    }
    return first;
  }

  return {
    takesParent,
    waiting<Each extends Line>(lines: Iterable<Each>) {
      const waiting = new Set<Each>();
      if (named.size === 0) return waiting;
      const all = [...lines];
      const coming = comingParents(all);
      const children = firstChildren(all);
      for (const line of all) {
        const [write] = line.writes;
        if (write === undefined) continue;
        const isChild = write.rows.some(({ parents, place }) =>
          parents.map(identityOf).some((parent) => {
            const other = coming.get(parent);
            return other !== undefined && other !== line && !meantBefore(other, place);
          }),
        );
        const isParent = takesParent(write) && (children.get(identityOf(write.key ?? '')) ?? Infinity) < placeOf(write);
        if (isChild || isParent) waiting.add(line);
      }
      return waiting;
    },
  };
}

/** Whether a child of this place means the parent that is deleted first, and not the one that is made anew behind that. */
function meantBefore({ writes: [first] }: Line, place: number): boolean {
  return first?.operation === 'delete' && place < placeOf(first);
}

function placeOf({ rows: [first] }: RowWrite): number {
  return first.place;
}
