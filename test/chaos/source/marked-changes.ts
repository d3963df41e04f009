import type { OrgControlClient } from '../../../local/org/control-client.ts';

/** What one change of the load did: to which row, and as the how-manieth change of it. */
export interface MarkedChange {
  readonly rowId: string;
  readonly version: number;
}

/** Every change that the org accepted, by the mark that it alone carries. */
export type Marks = Map<string, MarkedChange>;

export interface ChangeLoad {
  readonly marks: Marks;
  /** Creates, updates and deletes a few rows, each list one transaction. */
  change(): Promise<void>;
}

interface ChangeLoadParts {
  readonly control: Pick<OrgControlClient, 'changeRows'>;
  readonly object: string;
  /** Begins every mark, so that no other load's marks are taken for these. */
  readonly name: string;
  readonly random: () => number;
}

const created = 3;
const updated = 6;
const mostRows = 40;

/** Changes rows as people do, without API calls. A deletion carries its row's Id as its mark, since it carries nothing else. */
export function createChangeLoad({ control, object, name, random }: ChangeLoadParts): ChangeLoad {
  const marks: Marks = new Map();
  const versions = new Map<string, number>();
  let lastMark = 0;
  const nextMark = () => `${name} ${++lastMark}`;

  function note(mark: string, rowId: string): void {
    const version = (versions.get(rowId) ?? 0) + 1;
    versions.set(rowId, version);
    marks.set(mark, { rowId, version });
  }

  async function create(): Promise<void> {
    const names = Array.from({ length: created }, nextMark);
    const { create: results } = await control.changeRows({
      create: names.map((Name) => ({ attributes: { type: object }, Name })),
    });
    for (const [index, result] of results.entries()) note(names[index] ?? '', accepted(result));
  }

  async function update(): Promise<void> {
    const ids = [...versions.keys()];
    // A row may be changed twice in one transaction's list of changes; each is a change of its own.
    const changes = Array.from({ length: Math.min(updated, ids.length) }, () => ({
      Id: ids[Math.floor(random() * ids.length)] ?? '',
      Name: nextMark(),
    }));
    const distinct = [...new Map(changes.map((change) => [change.Id, change])).values()];
    const { update: results } = await control.changeRows({ update: distinct });
    for (const [index, result] of results.entries()) note(distinct[index]?.Name ?? '', accepted(result));
  }

  async function remove(): Promise<void> {
    const ids = [...versions.keys()];
    const id = ids[Math.floor(random() * ids.length)];
    if (id === undefined || ids.length < mostRows) return;
    const { delete: results } = await control.changeRows({ delete: [id] });
    for (const result of results) note(accepted(result), id);
    versions.delete(id);
  }

  return {
    marks,
    async change() {
      await create();
      await update();
      for (let surplus = versions.size - mostRows; surplus >= 0; surplus -= 1) await remove();
    },
  };
}

function accepted(result: { readonly success: boolean; readonly id?: string }): string {
  if (!result.success || result.id === undefined)
    throw new Error(`The org refused a change: ${JSON.stringify(result)}`);
  return result.id;
}

/** The mark that a published record carries; undefined for one that carries none. */
export function markOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const fields = JSON.parse(value) as Readonly<Record<string, unknown>>;
  const mark = fields['_EventType'] === 'deleted' ? fields['Id'] : fields['Name'];
  return typeof mark === 'string' ? mark : undefined;
}
