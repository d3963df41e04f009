import { type FieldDefinition, findField, type ObjectDefinition } from '../store/definitions.ts';
import type { RecordInput } from '../store/write-context.ts';

/** A column of the data: a field, or a parent by external ID as `Account.Ext__c` or `Contact:Who.Ext__c`. */
type Column =
  | { readonly kind: 'field'; readonly field: FieldDefinition }
  | { readonly kind: 'parent'; readonly name: string; readonly type: string | undefined; readonly key: string };

const yes = /^(?:true|yes|y|on|1)$/i;
const no = /^(?:false|no|n|off|0)$/i;

/** Turns rows into records. `unknown` names the first column that the object does not have. */
export interface RowReader<T> {
  /** The value of a field as text, without regard to case; undefined when the data has no such column. */
  cell(row: T, fieldName: string): string | undefined;
  read(row: T): RecordInput;
}

export interface CsvReader extends RowReader<readonly string[]> {
  readonly unknown: string | undefined;
  has(fieldName: string): boolean;
}

/** Rows that come as JSON objects, which only the first Bulk API takes. */
export const jsonReader: RowReader<RecordInput> = {
  cell(row, fieldName) {
    const key = Object.keys(row).find((name) => name.toLowerCase() === fieldName.toLowerCase());
    const value = key === undefined ? undefined : row[key];
    return value === undefined || value === null ? undefined : String(value);
  },
  read: (row) => row,
};

export function createRowReader(object: ObjectDefinition, heading: readonly string[]): CsvReader {
  const columns = heading.map((name) => columnOf(object, name.trim()));
  const unknown = heading.find((_name, index) => columns[index] === undefined);
  const position = (fieldName: string): number => {
    const wanted = fieldName.toLowerCase();
    return heading.findIndex((name) => name.trim().toLowerCase() === wanted);
  };
  return {
    unknown,
    has: (fieldName) => position(fieldName) >= 0,
    cell: (cells, fieldName) => cells[position(fieldName)],
    read(cells) {
      const record: Record<string, unknown> = {};
      for (const [index, column] of columns.entries()) {
        const cell = cells[index];
        // An empty cell leaves the field alone; #N/A makes it null.
        if (cell === undefined || cell === '' || column === undefined) continue;
        if (column.kind === 'field') record[column.field.name] = cell === '#N/A' ? null : cellValue(column.field, cell);
        else record[column.name] = cell === '#N/A' ? null : parentOf(column, cell);
      }
      return record;
    },
  };
}

function columnOf(object: ObjectDefinition, name: string): Column | undefined {
  const field = findField(object, name);
  if (field !== undefined) return { kind: 'field', field };
  const match = /^(?:(\w+):)?(\w+)\.(\w+)$/.exec(name);
  const reference = object.relationshipByName.get((match?.[2] ?? '').toLowerCase());
  if (match === null || reference === undefined) return undefined;
  const parent = reference.relationshipName ?? reference.name;
  return { kind: 'parent', name: parent, type: match[1], key: match[3] ?? '' };
}

function parentOf(column: Extract<Column, { kind: 'parent' }>, cell: string): unknown {
  const attributes = column.type === undefined ? {} : { attributes: { type: column.type } };
  return { ...attributes, [column.key]: cell };
}

/** Bulk API guide, "Valid Date Format in Records" and its neighbours: booleans have several spellings. */
function cellValue(field: FieldDefinition, cell: string): unknown {
  if (field.type !== 'boolean') return cell;
  return yes.test(cell) ? true : no.test(cell) ? false : cell;
}
