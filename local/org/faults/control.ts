import { createAdmin, type OrgAdmin } from '../admin.ts';
import type { AdjustableClock } from '../clock.ts';
import { changeOriginOf } from '../events/change-origin.ts';
import type { OrgServices } from '../services.ts';
import type { FieldValue } from '../store/definitions.ts';
import { ApiError, ValueMismatch } from '../store/errors.ts';
import { Transaction } from '../store/transaction.ts';
import type { RecordInput, RowOutcome, WriteContext } from '../store/write-context.ts';
import type { CounterReport } from './counters.ts';
import type { Fault } from './fault-schema.ts';
import type { JournalEntry } from './journal.ts';

/** Changes as a person in the user interface would make them: no API call is counted. Each list is one transaction. */
export interface RowChanges {
  /** Records with `attributes.type`, as in a collections request. */
  readonly create?: readonly RecordInput[] | undefined;
  /** Records with `Id`. */
  readonly update?: readonly RecordInput[] | undefined;
  /** IDs. */
  readonly delete?: readonly string[] | undefined;
  readonly undelete?: readonly string[] | undefined;
  /** `client=` of the change events' origin. @default 'SfdcInternalAPI/' */
  readonly client?: string | undefined;
  /** The API in the origin; the user interface counts as `soap`. @default 'soap' */
  readonly api?: 'rest' | 'soap' | 'bulk' | undefined;
}

export type ChangeResult =
  | { readonly id: string; readonly success: true }
  | {
      readonly id?: string;
      readonly success: false;
      readonly errors: readonly { readonly statusCode: string; readonly message: string }[];
    };

export interface ChangeResults {
  readonly create: readonly ChangeResult[];
  readonly update: readonly ChangeResult[];
  readonly delete: readonly ChangeResult[];
  readonly undelete: readonly ChangeResult[];
}

/** What moves the org from outside of its APIs; the control server offers the same over HTTP. */
export interface OrgControl extends OrgAdmin {
  counters(): CounterReport;
  resetCounters(): void;
  /** Live rows of an object, with every stored field; deleted ones only when asked for. */
  rows(
    object: string,
    options?: { readonly includeDeleted?: boolean },
  ): readonly Readonly<Record<string, FieldValue>>[];
  changeRows(changes: RowChanges): ChangeResults;
  /** Puts a fault in force; `affected` counts tokens or clients of the faults that happen at once. */
  addFault(fault: Fault): { readonly id?: number; readonly affected?: number };
  faults(): readonly { readonly id: number; readonly fault: Fault; readonly hits: number }[];
  removeFault(id: number): boolean;
  clearFaults(): void;
  advanceClock(milliseconds: number): { readonly now: string };
  journal(last?: number): readonly JournalEntry[];
}

export function createControl(services: OrgServices, clock: AdjustableClock): OrgControl {
  const { bayeux, counters, database, directory, faults, journal, publisher, sessions } = services;
  return {
    ...createAdmin(services),
    counters: () => counters.report(),
    resetCounters: () => counters.reset(),
    rows(name, { includeDeleted = false } = {}) {
      const object = database.schema.find(name);
      if (object === undefined) throw new ApiError(404, 'NOT_FOUND', `There is no object ${name}`);
      const rows = [...database.table(object).all()];
      return includeDeleted ? rows : rows.filter((row) => row['IsDeleted'] !== true);
    },
    changeRows: (changes) => changeRows(services, changes),
    addFault(fault) {
      switch (fault.kind) {
        case 'expire-tokens': {
          const affected = sessions.expire(fault.app);
          bayeux.endings.dropDeadSessions();
          return { affected };
        }
        case 'forget-clients':
          return { affected: bayeux.endings.forgetClients() };
        case 'server-disconnect':
          return { affected: bayeux.endings.disconnectClients() };
        case 'lose-cookies':
          return { affected: bayeux.endings.loseCookies() };
        case 'abort-bulk-jobs':
          return { affected: services.jobs.abortAll() };
        case 'gap-event':
        case 'overflow-event': {
          const { kind, object: name } = fault;
          const object = database.schema.find(name);
          if (object === undefined) throw new ApiError(404, 'NOT_FOUND', `There is no object ${name}`);
          publisher.publishGap(object, kind === 'gap-event' ? fault : 'overflow', directory.users[0]?.id ?? '');
          return { affected: 1 };
        }
        default:
          return { id: faults.add(fault) };
      }
    },
    faults: () => faults.list(),
    removeFault: (id) => faults.remove(id),
    clearFaults: () => faults.clear(),
    advanceClock(milliseconds) {
      clock.advance(milliseconds);
      return { now: new Date(clock.now()).toISOString() };
    },
    journal: (last = 100) => journal.last(last),
  };
}

function changeRows(services: OrgServices, changes: RowChanges): ChangeResults {
  const { database, directory, settings } = services;
  const context: WriteContext = {
    userId: directory.users[0]?.id ?? '',
    appName: '',
    origin: changeOriginOf(changes.api ?? 'soap', settings.newestApiVersion, changes.client ?? 'SfdcInternalAPI/'),
    unknownField: 'row',
  };
  const run = <T>(items: readonly T[] | undefined, one: (item: T, transaction: Transaction) => RowOutcome) => {
    const transaction = new Transaction(database, context);
    const results = (items ?? []).map((item) => resultOf(() => one(item, transaction)));
    transaction.commit();
    return results;
  };
  const objectOfId = (id: string) => {
    const object = database.schema.findByPrefix(id);
    if (object === undefined) throw new ApiError(400, 'MALFORMED_ID', `malformed id ${id}`);
    return object;
  };
  return {
    create: run(changes.create, (record, transaction) => {
      const { type } = (record['attributes'] ?? {}) as { readonly type?: unknown };
      const object = database.schema.find(String(type));
      if (object === undefined)
        throw new ApiError(400, 'INVALID_TYPE', `sObject type '${String(type)}' is not supported.`);
      return transaction.insert(object, record);
    }),
    update: run(changes.update, (record, transaction) => {
      const id = String(record['Id'] ?? record['id']);
      return transaction.update(objectOfId(id), id, record);
    }),
    delete: run(changes.delete, (id, transaction) => transaction.remove(objectOfId(id), id)),
    undelete: run(changes.undelete, (id, transaction) => transaction.restore(objectOfId(id), id)),
  };
}

function resultOf(work: () => RowOutcome): ChangeResult {
  try {
    const outcome = work();
    if (outcome.ok) return { id: outcome.id, success: true };
    const { errors, id } = outcome;
    return id === undefined ? { success: false, errors } : { id, success: false, errors };
  } catch (error) {
    if (error instanceof ApiError) {
      return {
        success: false,
        errors: error.body.map(({ errorCode, message }) => ({ statusCode: errorCode, message })),
      };
    }
    if (error instanceof ValueMismatch)
      return { success: false, errors: [{ statusCode: 'JSON_PARSER_ERROR', message: error.message }] };
    throw error;
  }
}
