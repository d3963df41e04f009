import Big from 'big.js';
import type { KafkaRecord } from '../kafka/kafka-record.ts';
import { rejection } from './per-record.ts';
import type { Step, StepItem, StepOutcome } from './step.ts';
import { type MemoryEntry, wasJudged } from './step-memory.ts';

export interface ChangeThresholdOptions<In> {
  /** The number that must move. */
  readonly of: (value: In) => number | string;
  /** Smallest relative change that passes: 0.0001 is 0.01 %. */
  readonly by: number;
  /** What is compared with what. @default the record's key */
  readonly key?: (value: In, record: KafkaRecord) => string;
  /** Under which values are remembered; a second threshold in one transform needs another. @default 'changeThreshold' */
  readonly name?: string;
}

/**
 * Filters values that moved less than a threshold away from the last value *written* for their key, so that slow drift
 * adds up and passes. The first value of a key passes; from zero, every change passes.
 */
export function changeThreshold<In>({
  of,
  by,
  key = recordKey,
  name = 'changeThreshold',
}: ChangeThresholdOptions<In>): Step<In, In> {
  return {
    name,
    remembers: true,
    async run(items, { memory }) {
      const readings = items.map((item) => read(name, item, of, key));
      const keys = new Set(readings.flatMap((reading) => ('key' in reading ? [reading.key] : [])));
      const remembered = await memory.load(name, [...keys]);
      // What this batch already let through, so that two records of a key in one batch are judged as in two batches.
      const overlay = new Map<string, Big>();
      return readings.map((reading, index): StepOutcome<In> => {
        const item = items[index];
        if (item === undefined || !('key' in reading)) return reading as StepOutcome<In>;
        const entry = remembered.get(reading.key);
        const repeated = entry !== undefined && wasJudged(entry, item.record);
        const passes = repeated
          ? entry.passedOffsets.includes(item.record.offset)
          : movedEnough(reading.number, overlay.get(reading.key) ?? lastOf(entry), by);
        if (!passes) return { kind: 'filtered', memoryKey: reading.key };
        // A repeated record's value is older than what the entry remembers.
        if (!repeated) overlay.set(reading.key, reading.number);
        return {
          kind: 'passed',
          value: item.value,
          remember: { step: name, key: reading.key, value: reading.number.toString() },
        };
      });
    },
  };
}

type Reading = { readonly key: string; readonly number: Big } | Extract<StepOutcome<never>, { kind: 'rejected' }>;

function read<In>(
  name: string,
  { value, record }: StepItem<In>,
  of: ChangeThresholdOptions<In>['of'],
  keyOf: (value: In, record: KafkaRecord) => string,
): Reading {
  try {
    // Decimal arithmetic: in binary, 0.01 % of 19.99 lands on the wrong side of the threshold.
    return { key: keyOf(value, record), number: new Big(of(value)) };
  } catch (error) {
    return { kind: 'rejected', error: rejection(name, record, error) };
  }
}

function lastOf(entry: MemoryEntry | undefined): Big | undefined {
  return entry === undefined ? undefined : new Big(entry.value);
}

function movedEnough(number: Big, last: Big | undefined, by: number): boolean {
  if (last === undefined) return true;
  const moved = number.minus(last).abs();
  return !moved.eq(0) && moved.gte(last.abs().times(by));
}

function recordKey(_value: unknown, record: KafkaRecord): string {
  if (record.key === null) throw new Error('changeThreshold needs a record key, or its key option');
  return record.key.toString('utf8');
}
