import { adminClient } from './admin.ts';
import type { ChangeResults, OrgControl, RowChanges } from './faults/control.ts';
import type { CounterReport } from './faults/counters.ts';
import type { Fault } from './faults/fault-schema.ts';
import type { JournalEntry } from './faults/journal.ts';
import type { FieldValue } from './store/definitions.ts';

/** The control API of an org in another process: the same operations as OrgControl, each a promise. */
export type OrgControlClient = {
  readonly [Name in keyof OrgControl]: (
    ...input: Parameters<OrgControl[Name]>
  ) => Promise<ReturnType<OrgControl[Name]>>;
};

/** `controlUrl`: as printed by the org, without a trailing slash. A refused request throws with the server's problems. */
export function createControlClient(controlUrl: string): OrgControlClient {
  const send = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const content =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${controlUrl}${path}`, { method, ...content });
    if (response.ok || (method === 'DELETE' && response.status === 404)) return response;
    throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  };
  const read = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await send(method, path, body);
    return (await response.json()) as T;
  };
  return {
    ...adminClient(send),
    counters: () => read<CounterReport>('GET', '/counters'),
    resetCounters: async () => {
      await send('POST', '/reset-counters');
    },
    rows: (object, options = {}) => {
      const query = options.includeDeleted === true ? '?deleted=true' : '';
      return read<readonly Readonly<Record<string, FieldValue>>[]>(
        'GET',
        `/rows/${encodeURIComponent(object)}${query}`,
      );
    },
    changeRows: (changes: RowChanges) => read<ChangeResults>('POST', '/rows', changes),
    addFault: (fault: Fault) => read('POST', '/faults', fault),
    faults: () => read('GET', '/faults'),
    removeFault: async (id) => (await send('DELETE', `/faults/${id}`)).ok,
    clearFaults: async () => {
      await send('DELETE', '/faults');
    },
    advanceClock: (milliseconds) => read('POST', '/clock/advance', { milliseconds }),
    journal: (last = 100) => read<readonly JournalEntry[]>('GET', `/journal?last=${last}`),
  };
}
