import { BridgeError } from '../errors/bridge-error.ts';
import type { QueriedRow } from './answer-shapes.ts';
import { createQueryJob, queryJobPage, queryJobState } from './bulk-query.ts';
import type { CsvRow } from './bulk2.ts';
import type { ObjectDescribe } from './describe.ts';
import { conditionsOf, type ReadRow, type RowRange, toReadRow } from './read-rows.ts';
import type { OrgClient } from './rest-client.ts';
import type { RowSelection } from './row-selection.ts';

/** Reads many rows through a query job, whose results can be had page by page, also after a crash. */
export interface BulkRowReader {
  /** How many rows there are now. */
  count(selection: RowSelection, range: RowRange): Promise<number>;
  /**
   * Opens a job. Its rows are as they were at some moment after that, in no order.
   *
   * @throws BridgeError with disposition `reject` when Salesforce does not read this object that way.
   */
  start(selection: RowSelection, range: RowRange): Promise<BulkJob>;
  /** `lost`: it failed, was aborted, or is gone. */
  stateOf(job: BulkJob): Promise<'running' | 'complete' | 'lost'>;
  page(selection: RowSelection, job: BulkJob): Promise<{ rows: readonly ReadRow[]; locator: string | undefined }>;
  /** IDs of rows that changed since, deleted ones included. */
  changedSince(object: string, since: Date): Promise<readonly string[]>;
}

export interface BulkJob {
  readonly id: string;
  /** Salesforce's time before its rows were read, ISO 8601. */
  readonly startedAt: string;
  /** Where its next page begins; absent for the first one. */
  readonly locator?: string;
}

/** @param pageRows one call each; rows of a page are in memory at the same time. */
export function createBulkRowReader(
  rest: Pick<OrgClient, 'request' | 'open' | 'describe'>,
  pageRows = 10_000,
): BulkRowReader {
  return {
    async count(selection, range) {
      const soql = `SELECT COUNT() FROM ${selection.object} WHERE ${conditionsOf(selection, range)}`;
      const path = `/query?q=${encodeURIComponent(soql)}`;
      return ((await rest.request({ method: 'GET', path })) as { readonly totalSize: number }).totalSize;
    },
    async start(selection, range) {
      const names = ['Id', 'IsDeleted', 'SystemModstamp', ...selection.fields.filter((name) => name !== 'IsDeleted')];
      // No order: Salesforce would give up cutting the object into chunks.
      const soql = `SELECT ${names.join(', ')} FROM ${selection.object} WHERE ${conditionsOf(selection, range)}`;
      const { id, createdDate } = await createQueryJob(rest, soql);
      return { id, startedAt: createdDate };
    },
    async stateOf({ id }) {
      try {
        const { state } = await queryJobState(rest, id);
        if (state === 'JobComplete') return 'complete';
        return state === 'Failed' || state === 'Aborted' ? 'lost' : 'running';
      } catch (error) {
        if (error instanceof BridgeError && error.disposition === 'reject') return 'lost';
        throw error;
      }
    },
    async page(selection, { id, locator }) {
      const described = await rest.describe(selection.object);
      const typeOf = typesOf(described);
      const page = await queryJobPage(rest, id, { locator, pageRows });
      const rows: ReadRow[] = [];
      for await (const row of page.rows) rows.push(toReadRow(withValues(row, typeOf), selection, described));
      return { rows, locator: page.locator };
    },
    async changedSince(object, since) {
      const soql = `SELECT Id FROM ${object} WHERE SystemModstamp >= ${since.toISOString()}`;
      const ids: string[] = [];
      let path: string | undefined = `/queryAll?q=${encodeURIComponent(soql)}`;
      while (path !== undefined) {
        const page = (await rest.request({ method: 'GET', path })) as IdPage;
        ids.push(...page.records.map(({ Id }) => Id));
        path = page.done ? undefined : page.nextRecordsUrl;
      }
      return ids;
    },
  };
}

interface IdPage {
  readonly done: boolean;
  readonly nextRecordsUrl?: string;
  readonly records: readonly { readonly Id: string }[];
}

function typesOf({ fields }: ObjectDescribe): (name: string) => string | undefined {
  const types = new Map(fields.map(({ name, type }) => [name, type]));
  return (name) => types.get(name);
}

const numbers: ReadonlySet<string | undefined> = new Set(['int', 'long', 'double', 'currency', 'percent']);

/** A row of texts as the REST API shows it. */
function withValues(row: CsvRow, typeOf: (name: string) => string | undefined): QueriedRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, text]) => {
      const type = typeOf(name);
      if (text === '') return [name, null];
      if (type === 'boolean') return [name, text === 'true'];
      return [name, numbers.has(type) ? Number(text) : text];
    }),
  ) as QueriedRow;
}
