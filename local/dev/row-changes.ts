import type { Source } from '../../shared/bridge/bridge.ts';
import { capturedObjects } from '../../shared/bridge/captured-objects.ts';
import { openEnvelope } from '../../shared/transform/connect-json.ts';
import type { OrgHands } from './org-hands.ts';
import type { ReadRecord } from './topic-reader.ts';

/** A field of each object that a change can carry its mark in, and what a new row needs besides. */
const markFields: Readonly<
  Record<string, { readonly field: string; readonly others?: Readonly<Record<string, unknown>> }>
> = {
  Product2: { field: 'Name', others: { IsActive: true } },
  Account: { field: 'Name' },
  Contact: { field: 'LastName' },
  Lead: { field: 'LastName', others: { Company: 'Sample' } },
};

/** The object whose rows are changed to see a source work: the first that its definition names. */
export function objectOf({ capture }: Pick<Source, 'capture'>): string {
  return capturedObjects(capture)?.[0] ?? '';
}

export function canChange(object: string): boolean {
  return object in markFields;
}

/**
 * Creates, updates and deletes rows of one object; every change carries a mark of its own: a name nobody else has, or,
 * for a deletion, the Id of the deleted row.
 *
 * @param run goes into every mark, so that an audit cannot take an earlier run's traces for its own.
 * @param marks takes the marks as soon as the org accepted the changes.
 */
export async function changeRows(
  org: OrgHands,
  object: string,
  run: string,
  rounds: number,
  marks: Set<string>,
): Promise<void> {
  const { field, others } = markFields[object] ?? { field: 'Name' };
  for (let round = 0; round < rounds; round += 1) {
    const created = names(object, `created in round ${round} of ${run}`, 60);
    const ids = await org.create(
      object,
      created.map((name) => ({ ...others, [field]: name })),
    );
    addAll(marks, created);
    const updated = names(object, `updated in round ${round} of ${run}`, ids.length);
    await org.update(
      object,
      ids.map((Id, index) => ({ Id, [field]: updated[index] })),
    );
    addAll(marks, updated);
    const deleted = ids.slice(0, 20);
    await org.remove(deleted);
    addAll(marks, deleted);
  }
}

/** The mark that a published record carries: the Id of a deleted row, else the marked field. */
export function markOf(object: string, record: ReadRecord): string | undefined {
  if (record.value === undefined) return undefined;
  const value = openEnvelope(JSON.parse(record.value)) as Record<string, unknown>;
  if (value['_EventType'] === 'deleted') return String(value['Id']);
  const mark = value[markFields[object]?.field ?? 'Name'];
  return typeof mark === 'string' ? mark : undefined;
}

function names(object: string, what: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${object} ${index} ${what}`);
}

function addAll(marks: Set<string>, added: readonly string[]): void {
  for (const mark of added) marks.add(mark);
}
