import type { FieldDefinition, FieldValue, ObjectDefinition, Row } from './definitions.ts';
import type { RowError } from './errors.ts';

export interface RowLookup {
  get(object: string, id: string): Row | undefined;
  /** IDs of the live rows whose indexed field has this value. */
  idsWith(object: string, field: string, value: FieldValue): readonly string[];
}

export interface RuleInput {
  readonly object: ObjectDefinition;
  /** Undefined for a new row. */
  readonly before: Row | undefined;
  /** The row as it would be stored; a rule may fill in what the platform derives. */
  readonly after: Record<string, FieldValue>;
  /** Fields that the request names. */
  readonly given: ReadonlyMap<FieldDefinition, FieldValue>;
  readonly rows: RowLookup;
  /** The time as a row stores it. */
  readonly now: string;
}

/** What one object demands beyond its field definitions. */
export interface ObjectRule {
  /** Runs before the required fields are checked, so that it may fill one in. */
  prepare?(input: RuleInput): readonly RowError[];
  /** Runs after all field checks. */
  check?(input: RuleInput): readonly RowError[];
}
