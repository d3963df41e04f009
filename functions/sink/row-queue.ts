import { createRowOrder } from './row-order.ts';
import { coalesce, halves, type PlannedRow, type RowWrite } from './row-write.ts';

/** The writes of one row that are still to be made, in order; the first may be made, the others wait for it. */
interface Chain {
  readonly id: string;
  writes: readonly RowWrite[];
  /** How often the first write was tried in this invocation. */
  tries: number;
  /** Milliseconds; the first write is not tried before. */
  notBefore: number;
}

export interface RowQueue {
  readonly isEmpty: boolean;
  /**
   * What may be sent now: the first write of each row whose parents are not waiting in the queue themselves. A delete waits
   * for rows that came before it and name its row as their parent.
   */
  ready(now: number): readonly RowWrite[];
  /** When something that waits may be tried again; undefined when nothing waits for a time. */
  nextAt(now: number): number | undefined;
  triesOf(write: RowWrite): number;
  /** Takes a write out, whatever became of it; the next one of its row may be made. */
  done(write: RowWrite): void;
  /** Takes a write out together with all that come after it, which may not be made before it. */
  drop(write: RowWrite): readonly PlannedRow[];
  /** Puts others in the place of a write: its halves, or what is left of it. */
  replace(write: RowWrite, rows: readonly PlannedRow[]): void;
  split(write: RowWrite): void;
  /** Cuts a merged write in two after so many rows. */
  cut(write: RowWrite, after: number): void;
  /** Leaves a write first in its row, to be tried again. */
  again(write: RowWrite, notBefore: number): void;
  /** Rows of records that come after a place and are still to be written. */
  rowsAfter(place: number): readonly PlannedRow[];
  /** Takes out every row that the predicate names. */
  remove(unwanted: (row: PlannedRow) => boolean): readonly PlannedRow[];
  /** Takes out everything. */
  drain(): readonly PlannedRow[];
}

/** Puts rows in line: those of one key one after the other, merged into as few writes as they amount to. */
export function createRowQueue(rows: readonly PlannedRow[]): RowQueue {
  const order = createRowOrder(rows);
  const merge = (inOrder: readonly PlannedRow[]) =>
    coalesce(inOrder, (row) => row.mayComeBack === true || order.takesParent(row));
  const chains = new Map<string, Chain>();
  const chainOf = new Map<RowWrite, Chain>();
  groupByChain(rows).forEach((inOrder, id) => {
    const chain = { id, writes: merge(inOrder), tries: 0, notBefore: 0 };
    for (const write of chain.writes) chainOf.set(write, chain);
    chains.set(id, chain);
  });
  const firstOf = (write: RowWrite): Chain => {
    const chain = chainOf.get(write);
    if (chain?.writes[0] !== write) throw new RangeError('The write is not first in its row');
    return chain;
  };

  function put(chain: Chain, writes: readonly RowWrite[]): void {
    for (const write of writes) chainOf.set(write, chain);
    chain.writes = writes;
    chain.tries = 0;
    chain.notBefore = 0;
    if (writes.length === 0) chains.delete(chain.id);
  }

  return {
    get isEmpty() {
      return chains.size === 0;
    },
    ready(now) {
      const due = [...chains.values()].filter(({ notBefore }) => notBefore <= now);
      const waiting = order.waiting(chains.values());
      const free = waiting.size === 0 ? due : due.filter((each) => !waiting.has(each));
      // Rows that wait for each other in a circle are sent as they are; Salesforce says what it thinks of them.
      const all = free.length === 0 && due.length === chains.size ? due : free;
      return all.flatMap(({ writes }) => writes[0] ?? []);
    },
    nextAt(now) {
      let next: number | undefined;
      for (const { notBefore } of chains.values()) {
        if (notBefore > now && (next === undefined || notBefore < next)) next = notBefore;
      }
      return next;
    },
    triesOf: (write) => firstOf(write).tries,
    done(write) {
      const chain = firstOf(write);
      if (chain.writes.length === 1) chains.delete(chain.id);
      else put(chain, chain.writes.slice(1));
    },
    drop(write) {
      const chain = firstOf(write);
      const dropped = chain.writes.flatMap(({ rows: merged }) => merged);
      put(chain, []);
      return dropped;
    },
    replace(write, left) {
      const chain = firstOf(write);
      put(chain, [...merge(left), ...chain.writes.slice(1)]);
    },
    split(write) {
      const chain = firstOf(write);
      put(chain, [...halves(write), ...chain.writes.slice(1)]);
    },
    cut(write, after) {
      const chain = firstOf(write);
      const [before, rest] = [write.rows.slice(0, after), write.rows.slice(after)];
      put(chain, [...merge(before), ...merge(rest), ...chain.writes.slice(1)]);
    },
    again(write, notBefore) {
      const chain = firstOf(write);
      chain.tries += 1;
      chain.notBefore = notBefore;
    },
    rowsAfter(place) {
      return [...chains.values()].flatMap(({ writes }) =>
        writes.flatMap(({ rows: merged }) => merged.filter((row) => row.place > place)),
      );
    },
    remove(unwanted) {
      const removed: PlannedRow[] = [];
      for (const chain of [...chains.values()]) {
        const writes = chain.writes.flatMap((write) => {
          const kept = write.rows.filter((row) => !unwanted(row));
          if (kept.length === write.rows.length) return [write];
          removed.push(...write.rows.filter((row) => unwanted(row)));
          return merge(kept);
        });
        if (writes.some((write, index) => write !== chain.writes[index]) || writes.length < chain.writes.length) {
          put(chain, writes);
        }
      }
      return removed;
    },
    drain() {
      const rest = [...chains.values()].flatMap(({ writes }) => writes.flatMap(({ rows: merged }) => merged));
      chains.clear();
      return rest;
    },
  };
}

function groupByChain(rows: readonly PlannedRow[]): ReadonlyMap<string, readonly PlannedRow[]> {
  const groups = new Map<string, PlannedRow[]>();
  rows.forEach((row, index) => {
    const id = chainId(row, index);
    const group = groups.get(id);
    // Most rows are alone, and Map.groupBy makes room for 17 of each.
    if (group === undefined) groups.set(id, [row]);
    else group.push(row);
  });
  return groups;
}

/**
 * Changes of one row wait for each other. A row without a key waits for nobody, unless a remembered value stands between it
 * and others: when one of those goes back to Kafka, the later ones must not have been created. A key begins with the name of
 * an object, so no other id is one.
 */
function chainId({ key, remember }: PlannedRow, index: number): string {
  if (key !== undefined) return key;
  const [first] = remember;
  if (first !== undefined) return `#memory ${first.step} ${first.key}`;
  return `#alone ${index}`;
}
