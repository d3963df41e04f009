import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { describeCoordinates, type KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import type { Transformed } from '../../shared/transform/run-transform.ts';
import type { RowFields, RowIntent } from '../../shared/transform/step.ts';

/** One of the rows that a record was transformed to. */
export interface TransformedRow extends RowIntent {
  readonly record: KafkaRecord;
}

export function rowsOf(transformed: Transformed): TransformedRow[] {
  if (transformed.kind !== 'rows') return [];
  return transformed.rows.map((row) => ({ ...row, record: transformed.record }));
}

/** One intended change of one row, and the records that amount to it, in offset order. */
export interface RowWrite {
  readonly key: string;
  readonly fields: RowFields;
  readonly contributors: readonly TransformedRow[];
}

export interface RowPlan {
  readonly writes: readonly RowWrite[];
  /** Records without a usable external ID. */
  readonly rejected: readonly { readonly transformed: TransformedRow; readonly error: BridgeError }[];
}

interface PlanOptions {
  readonly externalId: string;
  /** Salesforce compares external IDs without regard to case unless the field says otherwise. */
  readonly caseSensitive: boolean;
}

/** Merges the records of one key into the row they amount to: fields merged, last one wins. */
export function planRows(rows: readonly TransformedRow[], { externalId, caseSensitive }: PlanOptions): RowPlan {
  const byKey = new Map<string, { fields: RowFields; contributors: TransformedRow[] }>();
  const rejected: RowPlan['rejected'][number][] = [];
  for (const row of rows) {
    if (row.object !== undefined || row.operation !== undefined) {
      rejected.push({ transformed: row, error: notRouted(row) });
      continue;
    }
    const value = row.fields[externalId];
    if ((typeof value !== 'string' && typeof value !== 'number') || value === '') {
      rejected.push({ transformed: row, error: withoutKey(row, externalId) });
      continue;
    }
    const key = caseSensitive ? String(value) : String(value).toLowerCase();
    const earlier = byKey.get(key);
    if (earlier === undefined) byKey.set(key, { fields: row.fields, contributors: [row] });
    else {
      earlier.fields = { ...earlier.fields, ...row.fields };
      earlier.contributors.push(row);
    }
  }
  return { writes: [...byKey].map(([key, write]) => ({ key, ...write })), rejected };
}

function notRouted({ record }: TransformedRow): BridgeError {
  return new BridgeError(
    'SKB_ROW_REJECTED',
    `Record ${describeCoordinates(record)} was mapped to a row of another object or operation than its sink writes`,
    { context: { topic: record.topic, partition: record.partition, offset: record.offset } },
  );
}

function withoutKey({ record }: TransformedRow, externalId: string): BridgeError {
  return new BridgeError(
    'SKB_ROW_REJECTED',
    `Record ${describeCoordinates(record)} was mapped to a row without a value for its external ID ${externalId}`,
    { context: { topic: record.topic, partition: record.partition, offset: record.offset, fields: [externalId] } },
  );
}
