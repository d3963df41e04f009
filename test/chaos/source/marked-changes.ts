import type { OrgControlClient } from '../../../local/org/control-client.ts';

/** What one change of the load did: to which row, as the how-manieth change of it, and when by the org's clock. */
export interface MarkedChange {
  readonly rowId: string;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** True when no event tells of it; a newer version of its row may stand for it then. */
  readonly withoutEvent?: boolean;
}

/** Every change that the org accepted, by the mark that it alone carries. */
export type Marks = Map<string, MarkedChange>;

export interface ChangeLoad {
  readonly marks: Marks;
  /** Creates, updates and deletes a few rows, each list one transaction. */
  change(): Promise<void>;
  /** Updates every row in one transaction. */
  changeAll(): Promise<void>;
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
/** Larger than `changeEventBytes` of the scenarios that use it. */
const longText = 'long '.repeat(1_000);

/** Changes rows as people do, without API calls. A deletion carries its row's Id as its mark, since it carries nothing else. */
export function createChangeLoad(parts: ChangeLoadParts): ChangeLoad {
  const { control, object, name, random, now, tooLargeEvery, mostRows = 40 } = parts;
  const marks: Marks = new Map();
  const versions = new Map<string, number>();
  let lastMark = 0;
  const nextMark = () => `${name} ${++lastMark}`;

  function note(mark: string, rowId: string, withoutEvent = false): void {
    const version = (versions.get(rowId) ?? 0) + 1;
    versions.set(rowId, version);
    marks.set(mark, { rowId, version, at: now(), ...(withoutEvent ? { withoutEvent } : {}) });
  }

  async function create(): Promise<void> {
    const names = Array.from({ length: created }, nextMark);
    const { create: results } = await control.changeRows({
      create: names.map((Name) => ({ attributes: { type: object }, Name })),
    });
    for (const [index, result] of results.entries()) note(names[index] ?? '', accepted(result));
  }

  async function update(ids: readonly string[]): Promise<void> {
    const changes = ids.map((Id) => {
      const Name = nextMark();
      const tooLarge = tooLargeEvery !== undefined && lastMark % tooLargeEvery === 0;
      // The mark makes the long text another one each time, or it would be no part of the event.
      return { Id, Name, ...(tooLarge ? { Description: longText + Name } : {}) };
    });
    const { update: results } = await control.changeRows({ update: changes });
    for (const [index, result] of results.entries()) {
      const { Name = '', Description } = changes[index] ?? {};
      note(Name, accepted(result), Description !== undefined);
    }
  }

  async function remove(): Promise<void> {
    const ids = [...versions.keys()];
    const id = ids[Math.floor(random() * ids.length)];
    if (id === undefined) return;
    const { delete: results } = await control.changeRows({ delete: [id] });
    for (const result of results) note(accepted(result), id);
    versions.delete(id);
  }

  async function changeSome(): Promise<void> {
    await create();
    const ids = [...versions.keys()];
    const drawn = Array.from({ length: updated }, () => ids[Math.floor(random() * ids.length)] ?? '');
    await update([...new Set(drawn)]);
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
    changeAll: () => inTurn(() => update([...versions.keys()])),
    takeAsExisting() {
      for (const [mark, change] of marks) {
        if (versions.get(change.rowId) === change.version) marks.set(mark, { ...change, withoutEvent: true });
        else marks.delete(mark);
      }
    },
  };
}

function accepted(result: { readonly success: boolean; readonly id?: string }): string {
  if (!result.success || result.id === undefined)
    throw new Error(`The org refused a change: ${JSON.stringify(result)}`);
  return result.id;
}
