import type { OrgControlClient } from '../../../local/org/control-client.ts';

/** What one change of the load did: to which row, as the how-manieth change of it, and when by the org's clock. */
export interface MarkedChange {
  readonly rowId: string;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Where no event tells of it; a newer version of its row may stand for it there. */
  readonly withoutEvent?: 'anywhere' | 'changeEvents';
  /** The value it gave to the field that comes and goes; absent while there is none. */
  readonly drifting?: string | number;
}

/** Every change that the org accepted, by the mark that it alone carries: see {@link markOf}. */
export type Marks = Map<string, MarkedChange>;

/** A row's changes differ in its name; a deletion carries the Id and nothing else. Rows that are changed alike share the name. */
export function markOf(rowId: string, name: string | undefined): string {
  return name === undefined ? rowId : `${rowId} ${name}`;
}

/** The field that an administrator adds, retypes and removes. */
export const driftingField = 'Drift__c';

export interface ChangeLoad {
  readonly marks: Marks;
  /** Creates, updates and deletes a few rows, each list one transaction. */
  change(): Promise<void>;
  /** Updates every row in one transaction. */
  changeAll(): Promise<void>;
  /** Changes the metadata between two rounds; from then on changes give the field a value of that type. */
  drift(change: () => Promise<unknown>, values: 'text' | 'number' | undefined): Promise<void>;
  /** Takes what was changed so far as there before: only a row's last change counts, and no event tells of it. */
  takeAsExisting(): void;
}

interface ChangeLoadParts {
  readonly control: Pick<OrgControlClient, 'changeRows'>;
  readonly object: string;
  /** Begins every mark, so that no other load's marks are taken for these. */
  readonly name: string;
  readonly random: () => number;
  /** The org's clock, in milliseconds since the epoch. */
  readonly now: () => number;
  /** Every so manieth update is too large for an event. */
  readonly tooLargeEvery?: number | undefined;
  /** @default 40 */
  readonly mostRows?: number | undefined;
}

const created = 3;
const updated = 6;
/** In one transaction and to the same values, so that one change event names them all. */
const changedAlike = 3;
/** Larger than `changeEventBytes` of the scenarios that use it. */
const longText = 'long '.repeat(1_000);

/** Changes rows as people do, without API calls. */
export function createChangeLoad(parts: ChangeLoadParts): ChangeLoad {
  const { control, object, name, random, now, tooLargeEvery, mostRows = 40 } = parts;
  const marks: Marks = new Map();
  const versions = new Map<string, number>();
  let lastMark = 0;
  let drifting: 'text' | 'number' | undefined;
  const nextMark = () => `${name} ${++lastMark}`;

  function note(rowId: string, change: RowChange | undefined): void {
    const version = (versions.get(rowId) ?? 0) + 1;
    versions.set(rowId, version);
    const value = change?.[driftingField];
    marks.set(markOf(rowId, change?.Name), {
      rowId,
      version,
      at: now(),
      ...(change?.Description === undefined ? {} : { withoutEvent: 'changeEvents' }),
      ...(value === undefined ? {} : { drifting: value }),
    });
  }

  function nextChange(): RowChange {
    const Name = nextMark();
    if (drifting === undefined) return { Name };
    return { Name, [driftingField]: drifting === 'text' ? `drift ${lastMark}` : lastMark };
  }

  async function create(): Promise<void> {
    const rows = Array.from({ length: created }, nextChange);
    const { create: results } = await control.changeRows({
      create: rows.map((row) => ({ attributes: { type: object }, ...row })),
    });
    for (const [index, result] of results.entries()) note(accepted(result), rows[index]);
  }

  async function update(changes: readonly (RowChange & { readonly Id: string })[]): Promise<void> {
    const { update: results } = await control.changeRows({ update: changes });
    for (const [index, result] of results.entries()) note(accepted(result), changes[index]);
  }

  async function updateEach(ids: readonly string[]): Promise<void> {
    await update(
      ids.map((Id) => {
        const change = nextChange();
        const tooLarge = tooLargeEvery !== undefined && lastMark % tooLargeEvery === 0;
        // The mark makes the long text another one each time, or it would be no part of the event.
        return { Id, ...change, ...(tooLarge ? { Description: longText + change.Name } : {}) };
      }),
    );
  }

  async function updateAlike(ids: readonly string[]): Promise<void> {
    const change = nextChange();
    await update(ids.map((Id) => ({ Id, ...change })));
  }

  async function remove(): Promise<void> {
    const ids = [...versions.keys()];
    const id = ids[Math.floor(random() * ids.length)];
    if (id === undefined) return;
    const { delete: results } = await control.changeRows({ delete: [id] });
    for (const result of results) note(accepted(result), undefined);
    versions.delete(id);
  }

  async function changeSome(): Promise<void> {
    await create();
    const ids = [...versions.keys()];
    const draw = (count: number) => [
      ...new Set(Array.from({ length: count }, () => ids[Math.floor(random() * ids.length)] ?? '')),
    ];
    await updateEach(draw(updated));
    await updateAlike(draw(changedAlike));
    for (let surplus = versions.size - mostRows; surplus > 0; surplus -= 1) await remove();
  }

  // One after the other, so that none changes what another one deletes.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };

  return {
    marks,
    change: () => inTurn(changeSome),
    changeAll: () => inTurn(() => updateEach([...versions.keys()])),
    drift: (change, values) =>
      inTurn(async () => {
        await change();
        drifting = values;
      }),
    takeAsExisting() {
      for (const [mark, change] of marks) {
        if (versions.get(change.rowId) === change.version) marks.set(mark, { ...change, withoutEvent: 'anywhere' });
        else marks.delete(mark);
      }
    },
  };
}

type RowChange = {
  readonly Name: string;
  readonly Description?: string;
  readonly [driftingField]?: string | number;
};

function accepted(result: { readonly success: boolean; readonly id?: string }): string {
  if (!result.success || result.id === undefined)
    throw new Error(`The org refused a change: ${JSON.stringify(result)}`);
  return result.id;
}
