import { maxRowsPerCall } from '../../shared/salesforce/collections.ts';
import type { RestClient } from '../../shared/salesforce/rest-client.ts';

/** What people and other systems do in the org during a local run, through the same API as anybody, as another app. */
export interface OrgHands {
  create(object: string, rows: readonly Fields[]): Promise<string[]>;
  update(object: string, rows: readonly (Fields & { readonly Id: string })[]): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
  upsert(object: string, externalId: string, rows: readonly Fields[]): Promise<void>;
  query(soql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

type Fields = Readonly<Record<string, unknown>>;

interface CollectionAnswer {
  readonly id?: string;
  readonly success: boolean;
  readonly errors: readonly { readonly statusCode: string; readonly message: string }[];
}

export function createOrgHands(rest: RestClient): OrgHands {
  async function send(
    method: 'POST' | 'PATCH',
    path: string,
    object: string,
    rows: readonly Fields[],
  ): Promise<string[]> {
    const ids: string[] = [];
    for (let start = 0; start < rows.length; start += maxRowsPerCall) {
      const records = rows
        .slice(start, start + maxRowsPerCall)
        .map((row) => ({ attributes: { type: object }, ...row }));
      ids.push(...accepted((await rest.request({ method, path, body: { records } })) as CollectionAnswer[], object));
    }
    return ids;
  }
  return {
    create: (object, rows) => send('POST', '/composite/sobjects', object, rows),
    async update(object, rows) {
      await send('PATCH', '/composite/sobjects', object, rows);
    },
    async upsert(object, externalId, rows) {
      await send('PATCH', `/composite/sobjects/${object}/${externalId}`, object, rows);
    },
    async remove(ids) {
      for (let start = 0; start < ids.length; start += maxRowsPerCall) {
        const path = `/composite/sobjects?ids=${ids.slice(start, start + maxRowsPerCall).join(',')}`;
        accepted((await rest.request({ method: 'DELETE', path })) as CollectionAnswer[], 'rows to delete');
      }
    },
    query: (soql) => rest.query(soql),
  };
}

function accepted(answers: readonly CollectionAnswer[], object: string): string[] {
  const refused = answers.find((answer) => !answer.success);
  if (refused !== undefined) {
    const [error] = refused.errors;
    throw new Error(`The org refused a row of ${object}: ${error?.statusCode} ${error?.message}`);
  }
  return answers.map((answer) => answer.id ?? '');
}
