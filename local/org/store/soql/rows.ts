import type { Row } from '../definitions.ts';
import { toId18 } from '../ids.ts';
import type { Filter } from './filter.ts';
import type { Scope } from './scope.ts';

/** The rows of the scope's object that a filter lets through, in order of creation. */
export function* matchingRows(scope: Scope, filter: Filter | undefined): Generator<Row> {
  for (const row of candidateRows(scope, filter)) {
    if (!scope.includeDeleted && row['IsDeleted'] === true) continue;
    if (filter === undefined || filter.matches(row)) yield row;
  }
}

/** Index entries leave out deleted rows, so `queryAll` looks at every row unless it asks by Id. */
function* candidateRows({ database, object, includeDeleted }: Scope, filter: Filter | undefined): Generator<Row> {
  const table = database.table(object);
  const candidates = filter?.candidates;
  if (candidates === undefined || (includeDeleted && candidates.field.type !== 'id')) {
    yield* table.all();
    return;
  }
  const { field, values } = candidates;
  const isId = field.type === 'id' || field.type === 'reference';
  const ids = new Set<string>();
  for (const value of values) {
    const wanted = isId ? (toId18(String(value ?? '')) ?? null) : value;
    if (field.type === 'id') ids.add(String(wanted));
    else for (const id of table.idsWith(field, wanted)) ids.add(id);
  }
  // IDs rise as they are handed out, so this is the order of a scan.
  for (const id of [...ids].sort()) {
    const row = table.get(id);
    if (row !== undefined) yield row;
  }
}
