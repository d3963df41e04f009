import type { Query } from '@jetstreamapp/soql-parser-js';
import type { ObjectDefinition, Row } from '../definitions.ts';
import type { FieldPath, PathStep, ValueSource } from './path.ts';
import type { Scope } from './scope.ts';

/** What one item of the SELECT list adds to every record. */
export type Column =
  | { readonly kind: 'field'; readonly path: FieldPath }
  | { readonly kind: 'function'; readonly name: string; readonly source: ValueSource }
  | { readonly kind: 'children'; readonly children: ChildRows }
  | { readonly kind: 'typeof'; readonly choice: TypeChoice };

/** `TYPEOF What WHEN Account THEN Phone ELSE Name END`. */
export interface TypeChoice {
  readonly step: PathStep;
  /** By object name; what no WHEN names has the fields of ELSE. */
  readonly paths: ReadonlyMap<string, readonly FieldPath[]>;
}

export interface Selection {
  readonly columns: readonly Column[];
  /** The columns that are plain fields. */
  readonly paths: readonly FieldPath[];
}

/** Resolves the SELECT list of a query or sub-select. */
export type SelectionIn = (scope: Scope, query: Pick<Query, 'fields' | 'limit'>) => Selection;

/** A sub-select on the children of every selected row. */
export interface ChildRows {
  /** Relationship name, the record's key in the answer. */
  readonly name: string;
  readonly object: ObjectDefinition;
  readonly selection: Selection;
  rowsOf(parent: Row): readonly Row[];
}
