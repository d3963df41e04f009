import type { FieldDefinition, ObjectDefinition, Row } from '../store/definitions.ts';
import type { ValueSource } from '../store/soql/path.ts';
import type { PreparedQuery } from '../store/soql/run-query.ts';
import type { WriteContext } from '../store/write-context.ts';

export const ingestOperations = ['insert', 'update', 'upsert', 'delete', 'hardDelete'] as const;
export type IngestOperation = (typeof ingestOperations)[number];

export type JobState = 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';

/** Column delimiters of the Bulk API 2.0 guide, "Create a Job". */
export const delimiters = {
  BACKQUOTE: '`',
  CARET: '^',
  COMMA: ',',
  PIPE: '|',
  SEMICOLON: ';',
  TAB: '\t',
} as const;
export type ColumnDelimiter = keyof typeof delimiters;

export const lineEndings = { LF: '\n', CRLF: '\r\n' } as const;
export type LineEnding = keyof typeof lineEndings;

export interface CsvFormat {
  readonly columnDelimiter: ColumnDelimiter;
  readonly lineEnding: LineEnding;
}

/** What ingest and query jobs have in common. */
export interface JobBase extends CsvFormat {
  readonly id: string;
  readonly object: ObjectDefinition;
  readonly createdById: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** As in the path that created it: 66. */
  readonly apiVersion: number;
  state: JobState;
  changedAt: number;
  errorMessage: string | undefined;
  /** Milliseconds spent on the rows. */
  processingMs: number;
}

export interface IngestJob extends JobBase {
  readonly operation: IngestOperation;
  /** Key of an upsert. */
  readonly externalIdField: FieldDefinition | undefined;
  readonly assignmentRuleId: string | undefined;
  readonly context: WriteContext;
  /** What came in PUT requests; more than one is a mistake that shows when the job is closed. */
  readonly uploads: string[];
  /** The first row of the data. */
  columns: readonly string[];
  /** Rows that were tried, in order of the data; what is behind them is unprocessed. */
  processed: number;
  successes: ResultRow[];
  failures: ResultRow[];
}

/** One row of a result file: record ID, `sf__Created` or `sf__Error`, and the row as it came. */
export type ResultRow = readonly [id: string, outcome: string, ...cells: string[]];

export interface QueryJob extends JobBase {
  readonly operation: 'query' | 'queryAll';
  /** The columns of the result, in order. */
  readonly sources: readonly ValueSource[];
  readonly prepared: PreparedQuery;
  rows: readonly Row[];
}
