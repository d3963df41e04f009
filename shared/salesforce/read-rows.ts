import type { QueriedRow } from './answer-shapes.ts';
import { compoundOf } from './compound-fields.ts';
import type { ObjectDescribe } from './describe.ts';
import type { RestClient } from './rest-client.ts';
import { isPersonName, type RowSelection } from './row-selection.ts';
import { soqlLiteral } from './soql.ts';

/** A row as it stands in the org, in the shape of a record's fields. */
export interface ReadRow {
  readonly id: string;
  /** `SystemModstamp` in milliseconds since the epoch: whole seconds, rounded down. */
  readonly stamp: number;
  readonly deleted: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface RowRange {
  /** Changed since, ISO 8601. */
  readonly from?: string | undefined;
  /** Changed before, ISO 8601. */
  readonly to?: string | undefined;
  readonly deleted: boolean;
}

export interface RowReader {
  /** Rows by Id; deleted ones as long as the recycle bin has them, others not at all. */
  byIds(selection: RowSelection, ids: readonly string[]): Promise<readonly ReadRow[]>;
  /** The next rows in the order of their Ids, so that a row that changes meanwhile neither moves nor comes twice. */
  page(selection: RowSelection, range: RowRange, afterId: string, limit: number): Promise<readonly ReadRow[]>;
}

/** A GET's address may have 16,384 bytes; longer lists of fields are asked for by Id, in a body. */
const MAX_QUERY_LENGTH = 14_000;
/** IDs in one query: 200 of them are 4,400 characters. */
const IDS_PER_QUERY = 200;

/** Reads rows with everything that a source's records show of them. */
export function createRowReader(rest: Pick<RestClient, 'request' | 'describe'>): RowReader {
  async function queryAll(soql: string): Promise<QueriedRow[]> {
    const rows: QueriedRow[] = [];
    let path = `/queryAll?q=${encodeURIComponent(soql)}`;
    for (;;) {
      const page = (await rest.request({ method: 'GET', path })) as QueryPage;
      rows.push(...page.records);
      if (page.done) return rows;
      path = page.nextRecordsUrl;
    }
  }

  /** @param condition of rows that may be deleted; those of them that are come with their Id only. */
  async function read(selection: RowSelection, condition: string, tail: string): Promise<readonly ReadRow[]> {
    const { object, fields } = selection;
    const select = (names: readonly string[]) =>
      `SELECT ${['Id', 'IsDeleted', 'SystemModstamp', ...names].join(', ')} FROM ${object} WHERE ${condition}${tail}`;
    const described = await rest.describe(object);
    const names = fields.filter((name) => name !== 'IsDeleted');
    const whole = select(names);
    if (encodeURIComponent(whole).length <= MAX_QUERY_LENGTH) {
      return (await queryAll(whole)).map((row) => toReadRow(row, selection, described));
    }
    const known = await queryAll(select([]));
    const retrieved = await retrieve(
      object,
      known.filter((row) => row['IsDeleted'] !== true).map((row) => String(row['Id'])),
      ['Id', 'IsDeleted', 'SystemModstamp', ...names],
    );
    return known.flatMap((row) => {
      const found = retrieved.get(String(row['Id']));
      if (row['IsDeleted'] === true) return toReadRow(row, selection, described);
      // Deleted between the two calls: whoever reads deleted rows next finds it.
      return found === undefined ? [] : toReadRow(found, selection, described);
    });
  }

  async function retrieve(
    object: string,
    ids: readonly string[],
    fields: readonly string[],
  ): Promise<ReadonlyMap<string, QueriedRow>> {
    const found = new Map<string, QueriedRow>();
    for (const chunk of chunks(ids, 2000)) {
      const path = `/composite/sobjects/${object}`;
      const rows = (await rest.request({
        method: 'POST',
        path,
        body: { ids: chunk, fields },
      })) as (QueriedRow | null)[];
      for (const row of rows) if (row !== null) found.set(String(row['Id']), row);
    }
    return found;
  }

  return {
    async byIds(selection, ids) {
      const rows: ReadRow[] = [];
      for (const chunk of chunks([...new Set(ids)], IDS_PER_QUERY)) {
        rows.push(...(await read(selection, `Id IN (${chunk.map(soqlLiteral).join(', ')})`, '')));
      }
      return rows;
    },
    page(selection, range, afterId, limit) {
      const further = afterId === '' ? '' : ` AND Id > ${soqlLiteral(afterId)}`;
      return read(selection, `${conditionsOf(selection, range)}${further}`, ` ORDER BY Id LIMIT ${limit}`);
    },
  };
}

/** Which rows of a selection are in a range, in SOQL. */
export function conditionsOf({ where }: RowSelection, { from, to, deleted }: RowRange): string {
  return [
    `IsDeleted = ${deleted}`,
    ...(from === undefined ? [] : [`SystemModstamp >= ${from}`]),
    ...(to === undefined ? [] : [`SystemModstamp < ${to}`]),
    ...(where === undefined ? [] : [`(${where})`]),
  ].join(' AND ');
}

interface QueryPage {
  readonly done: boolean;
  readonly nextRecordsUrl: string;
  readonly records: readonly QueriedRow[];
}

/** A row as the REST API shows it. */
export function toReadRow(row: QueriedRow, { shape }: RowSelection, described: ObjectDescribe): ReadRow {
  const id = String(row['Id']);
  const stamp = Date.parse(String(row['SystemModstamp']));
  if (row['IsDeleted'] === true) return { id, stamp, deleted: true, fields: {} };
  return { id, stamp, deleted: false, fields: toRecordFields(row, shape, described) };
}

/** A row of the REST API in the shape that events of the same row have. */
function toRecordFields(
  row: QueriedRow,
  shape: RowSelection['shape'],
  described: ObjectDescribe,
): Record<string, unknown> {
  const types = new Map(described.fields.map(({ name, type }) => [name, type]));
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (name === 'attributes' || name === 'Id') continue;
    // REST answers 2011-07-07T00:37:00.000+0000, events carry 2011-07-07T00:37:00.000Z.
    fields[name] = types.get(name) === 'datetime' && typeof value === 'string' ? new Date(value).toISOString() : value;
  }
  return withCompounds(fields, shape, described);
}

/** Adds compounds as child objects beside their flat parts. */
export function withCompounds(
  fields: Record<string, unknown>,
  shape: RowSelection['shape'],
  described: ObjectDescribe,
): Record<string, unknown> {
  for (const field of described.fields) {
    const kind = field.type === 'address' || field.type === 'location' ? field.type : 'name';
    if (kind === 'name' && (shape === 'pushTopic' || !isPersonName(field, described))) continue;
    const compound = field.name in fields ? undefined : compoundOf(field.name, kind, fields);
    if (compound !== undefined) fields[field.name] = compound;
  }
  return fields;
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const cut: Item[][] = [];
  for (let start = 0; start < items.length; start += size) cut.push(items.slice(start, start + size));
  return cut;
}
