import type { DeadLetterReason } from '../../shared/dead-letter/dead-letter.ts';
import type { BridgeError } from '../../shared/errors/bridge-error.ts';
import { describeCoordinates, type KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import type { Transformed } from '../../shared/transform/run-transform.ts';
import type { MemoryKey } from '../../shared/transform/step-memory.ts';
import type { Reason } from './judge-outcome.ts';
import type { PlannedRow } from './row-write.ts';
import type { RowEnd } from './write-rows.ts';

/** How a record ended, or that it goes back to Kafka. */
export type Disposition =
  | { readonly kind: 'written'; readonly id: string | undefined; readonly created: boolean }
  | { readonly kind: 'filtered'; readonly step: string; readonly reason?: string }
  | { readonly kind: 'absorbed' }
  | { readonly kind: 'deadLettered'; readonly reason: DeadLetterReason }
  | HandedBack;

export interface HandedBack {
  readonly kind: 'handedBack';
  readonly reason: Reason;
  readonly error: BridgeError;
}

/** A record of a round, with the rows that became of it. */
export interface JudgedRecord {
  readonly transformed: Transformed;
  /** None unless it was transformed to rows that can be written. */
  readonly rows: readonly PlannedRow[];
  /** Set when its rows cannot be written as they are. */
  readonly rejection?: BridgeError;
}

export interface SettledRecords {
  /** Records without an entry are judged again in the next round. */
  readonly dispositions: ReadonlyMap<KafkaRecord, Disposition>;
  /** Rows that leave values to be remembered, in order. */
  readonly remembered: readonly PlannedRow[];
}

/**
 * Gives each record its one outcome. A record ends as the worst of its rows. Records that were judged by one remembered value
 * depend on each other in order: what comes after one that goes back goes back too, and what was filtered because of one that
 * was rejected is judged again without it. So do records that change one row: a record of several rows that comes again
 * because of one of them writes the others again, and must not take them back to an older value.
 *
 * @param unstored what rejected records come to instead, when their letters could not be stored.
 */
export function settleRecords(
  records: readonly JudgedRecord[],
  ends: ReadonlyMap<PlannedRow, RowEnd>,
  judgeAgain: ReadonlySet<KafkaRecord>,
  unstored?: HandedBack,
): SettledRecords {
  const dispositions = new Map<KafkaRecord, Disposition>();
  const remembered: PlannedRow[] = [];
  const goesBack = new Map<string, HandedBack>();
  const refused = new Set<string>();
  for (const { transformed, rows, rejection } of records) {
    const { record } = transformed;
    const ties = tiesOf(transformed, rows);
    const before = goesBack.size === 0 ? undefined : firstFound([...ties, ...rowTiesOf(rows)], goesBack);
    const judged = judgeAgain.has(record) ? undefined : ownDisposition(transformed, rows, rejection, ends);
    const own = judged?.kind === 'deadLettered' ? (unstored ?? judged) : judged;
    const waits = before !== undefined && own?.kind !== 'deadLettered' && own?.kind !== 'handedBack';
    const disposition = waits ? before : own;
    if (disposition === undefined) continue;
    if (disposition.kind === 'filtered' && ties.some((tie) => refused.has(tie))) continue;
    dispositions.set(record, disposition);
    if (disposition.kind === 'handedBack') {
      const behind: HandedBack = { ...disposition, reason: 'behind' };
      for (const tie of [...ties, ...rowTiesOf(rows)]) if (!goesBack.has(tie)) goesBack.set(tie, behind);
    }
    for (const row of rows) {
      const kind = ends.get(row)?.kind;
      if (kind === 'rejected') for (const tie of row.remember.map(tieOf)) refused.add(tie);
      if (kind === 'written' && !waits && row.remember.length > 0) remembered.push(row);
    }
  }
  return { dispositions, remembered };
}

function firstFound<Found>(keys: readonly string[], map: ReadonlyMap<string, Found>): Found | undefined {
  return keys.map((key) => map.get(key)).find((each) => each !== undefined);
}

function ownDisposition(
  transformed: Transformed,
  rows: readonly PlannedRow[],
  rejection: BridgeError | undefined,
  ends: ReadonlyMap<PlannedRow, RowEnd>,
): Disposition | undefined {
  if (rejection !== undefined) return rejectedRecord(rejection);
  if (transformed.kind === 'rejected') return rejectedRecord(transformed.error);
  if (transformed.kind === 'absorbed') return { kind: 'absorbed' };
  if (transformed.kind === 'filtered') {
    const { kind, step, reason } = transformed;
    return { kind, step, ...(reason === undefined ? {} : { reason }) };
  }
  const [row] = rows;
  const only = rows.length === 1 && row !== undefined ? ends.get(row) : undefined;
  if (only?.kind === 'written') return only;
  const all = rows.map((each) => ends.get(each));
  const back = all.find((end) => end?.kind === 'handedBack');
  if (back?.kind === 'handedBack') return back;
  const rejected = all.find((end) => end?.kind === 'rejected');
  if (rejected?.kind === 'rejected') return rejectedRow(transformed.record, rejected);
  const written = all[0];
  return all.includes(undefined) || written?.kind !== 'written' ? undefined : written;
}

const none: readonly string[] = [];

function tiesOf(transformed: Transformed, rows: readonly PlannedRow[]): readonly string[] {
  const judgedBy = 'judgedBy' in transformed ? transformed.judgedBy : [];
  if (judgedBy.length === 0 && rows.every(({ remember }) => remember.length === 0)) return none;
  return [...judgedBy.map(tieOf), ...rows.flatMap(({ remember }) => remember.map(tieOf))];
}

function tieOf({ step, key }: MemoryKey): string {
  return `${step} ${key}`;
}

/** Apart from what steps remember, whatever their names. */
function rowTiesOf(rows: readonly PlannedRow[]): readonly string[] {
  return rows.flatMap(({ key }) => (key === undefined ? [] : `#row ${key}`));
}

function rejectedRow(record: KafkaRecord, { object, error }: Extract<RowEnd, { kind: 'rejected' }>): Disposition {
  const fields = error.fields.length > 0 ? ` (${error.fields.join(', ')})` : '';
  return {
    kind: 'deadLettered',
    reason: {
      code: 'SKB_ROW_REJECTED',
      message: `Row of ${describeCoordinates(record)} rejected by ${object}: ${error.statusCode}${fields}: ${error.message}`,
      salesforceStatus: error.statusCode,
      fields: error.fields,
    },
  };
}

function rejectedRecord(error: BridgeError): Disposition {
  const { fields, salesforceCode } = error.context;
  return {
    kind: 'deadLettered',
    reason: {
      code: error.code,
      message: error.message,
      ...(typeof salesforceCode === 'string' ? { salesforceStatus: salesforceCode } : {}),
      ...(Array.isArray(fields) ? { fields } : {}),
    },
  };
}
