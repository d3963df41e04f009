import type { Clock } from '../clock.ts';
import type { OrgSettings } from '../settings.ts';
import { type FieldValue, isCompound, type Row } from '../store/definitions.ts';
import type { ValueSource } from '../store/soql/path.ts';
import type { Column, Selection } from '../store/soql/selection.ts';
import type { QueryJob } from './job.ts';

interface QueryInput {
  readonly clock: Clock;
  readonly settings: Pick<OrgSettings, 'bulkDelayMs'>;
}

/** Runs a query job after the delay of the settings; its rows are the org's at that time. */
export async function runBulkQuery(job: QueryJob, { clock, settings }: QueryInput): Promise<void> {
  await new Promise<void>((due) => clock.after(settings.bulkDelayMs, due));
  if (job.state !== 'UploadComplete') return;
  const started = performance.now();
  job.state = 'InProgress';
  try {
    const result = job.prepared.run();
    job.rows = result.kind === 'rows' ? result.rows : [];
    job.state = 'JobComplete';
  } catch (error) {
    job.errorMessage = error instanceof Error ? error.message : String(error);
    job.state = 'Failed';
  }
  job.processingMs += performance.now() - started;
  job.changedAt = clock.now();
}

/** The columns of a result file, or what in the SELECT list no CSV cell can hold. */
export function csvSources(selection: Selection): readonly ValueSource[] | { readonly unfit: string } {
  const unfit = selection.columns.find((column) => sourceOf(column) === undefined);
  if (unfit === undefined) return selection.columns.flatMap((column) => sourceOf(column) ?? []);
  if (unfit.kind === 'children') return { unfit: unfit.children.name };
  return { unfit: unfit.kind === 'field' ? unfit.path.label : 'TYPEOF' };
}

function sourceOf(column: Column): ValueSource | undefined {
  if (column.kind === 'function') return { ...column.source, label: column.name };
  return column.kind === 'field' && !isCompound(column.path.field) ? column.path : undefined;
}

/** The heading and the rows of a page as text; null is an empty cell, datetimes end in `Z`. */
export function* resultCells(sources: readonly ValueSource[], rows: readonly Row[]): Generator<readonly string[]> {
  yield sources.map(({ label }) => label);
  for (const row of rows) yield sources.map((source) => cellText(source.read(row)));
}

function cellText(value: FieldValue): string {
  return value === null ? '' : String(value);
}
