import { BridgeError } from '../errors/bridge-error.ts';
import type { KafkaRecord } from '../kafka/kafka-record.ts';
import type { Remembered, RowIntent, RowOutput, StepItem, StepServices, Transform } from './step.ts';
import type { MemoryKey } from './step-memory.ts';
import { toRowIntent } from './to-row-intent.ts';

/**
 * What a transform made of one record. `judgedBy` names the remembered values for which something of the record was left
 * out; the record is judged again when one of them turns out not to be written.
 */
export type Transformed =
  | {
      readonly kind: 'rows';
      readonly record: KafkaRecord;
      /** At least one; the record is settled when all of them are. */
      readonly rows: readonly RowIntent[];
      readonly judgedBy: readonly MemoryKey[];
    }
  | {
      readonly kind: 'filtered';
      readonly record: KafkaRecord;
      /** The step that left it out, and why where it says so: `filter`, `aggregate: late`. */
      readonly step: string;
      readonly reason?: string;
      readonly judgedBy: readonly MemoryKey[];
    }
  /** Contained in state that is durable already. */
  | { readonly kind: 'absorbed'; readonly record: KafkaRecord; readonly step: string }
  | { readonly kind: 'rejected'; readonly record: KafkaRecord; readonly error: BridgeError };

interface Travelling extends StepItem<unknown> {
  readonly remember: readonly Remembered[];
  readonly fate: Fate;
}

/** What is known of a record while parts of it still travel. */
interface Fate {
  readonly record: KafkaRecord;
  rows?: RowIntent[];
  judgedBy?: MemoryKey[];
  filteredBy?: { readonly step: string; readonly reason?: string };
  absorbedBy?: string;
  error?: BridgeError;
}

/** Runs records, in offset order per partition, through the steps; the answer has one entry per record, same order. */
export async function runTransform(
  transform: Transform,
  records: readonly KafkaRecord[],
  services: StepServices,
): Promise<readonly Transformed[]> {
  const fates = records.map((record): Fate => ({ record }));
  let travelling: readonly Travelling[] = fates.map((fate) => ({
    record: fate.record,
    value: fate.record.value,
    remember: nothing,
    fate,
  }));
  for (const step of transform.steps) {
    const outcomes = await step.run(travelling, services);
    if (outcomes.length !== travelling.length) {
      bug(`Step ${step.name} answered ${outcomes.length} of ${travelling.length} values`);
    }
    const onward: Travelling[] = [];
    travelling.forEach(({ record, remember, fate }, index) => {
      const outcome = outcomes[index] ?? bug(`Step ${step.name} left a value without an outcome`);
      if (outcome.kind === 'passed') {
        const { value, remember: more } = outcome;
        onward.push({ record, value, remember: more === undefined ? remember : [...remember, more], fate });
      } else if (outcome.kind === 'split') {
        for (const value of outcome.values) onward.push({ record, value, remember, fate });
        if (outcome.values.length === 0) fate.filteredBy = { step: step.name };
      } else if (outcome.kind === 'rejected') {
        fate.error ??= outcome.error;
      } else if (outcome.kind === 'absorbed') {
        fate.absorbedBy = step.name;
      } else {
        const { reason } = outcome;
        fate.filteredBy = reason === undefined ? { step: step.name } : { step: `${step.name}: ${reason}`, reason };
        if (outcome.memoryKey !== undefined) addJudge(fate, { step: step.name, key: outcome.memoryKey });
      }
    });
    // All rows of a record or none: what is left of a rejected one travels no further.
    travelling = onward.filter(({ fate }) => fate.error === undefined);
  }
  for (const { record, value, remember, fate } of travelling) {
    const row = toRowIntent(value as RowOutput, remember, record);
    if (row instanceof BridgeError) fate.error ??= row;
    else addRow(fate, row);
  }
  return fates.map(toTransformed);
}

const nothing: readonly never[] = [];

// Most records have one row or none, and an empty list makes room for 17 with the first push.
function addRow(fate: Fate, row: RowIntent): void {
  if (fate.rows === undefined) fate.rows = [row];
  else fate.rows.push(row);
}

function addJudge(fate: Fate, judge: MemoryKey): void {
  if (fate.judgedBy === undefined) fate.judgedBy = [judge];
  else fate.judgedBy.push(judge);
}

function toTransformed(fate: Fate): Transformed {
  const { record, rows, filteredBy, absorbedBy, error } = fate;
  const judgedBy = fate.judgedBy ?? nothing;
  if (error !== undefined) return { kind: 'rejected', record, error };
  if (rows !== undefined) return { kind: 'rows', record, rows, judgedBy };
  if (absorbedBy !== undefined) return { kind: 'absorbed', record, step: absorbedBy };
  if (filteredBy !== undefined) return { kind: 'filtered', record, ...filteredBy, judgedBy };
  return bug('A record left the transform without an outcome');
}

function bug(message: string): never {
  throw new BridgeError('SKB_BUG', message);
}
