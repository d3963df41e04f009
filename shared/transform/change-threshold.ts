import { BridgeError } from '../errors/bridge-error.ts';
import type { KafkaRecord } from '../kafka/kafka-record.ts';
import { canonical, hasMoved, type Judged, type KnownValue, type Threshold } from './judge-change.ts';
import type { LookupKey } from './lookups.ts';
import { rejection } from './per-record.ts';
import { recordKey, usableKey } from './record-parts.ts';
import { type Refresh, readCurrent } from './refresh.ts';
import type { Step, StepItem, StepOutcome, StepServices } from './step.ts';
import { type MemoryEntry, wasJudged } from './step-memory.ts';

/** One field that is watched. */
export interface WatchedField<In> extends Threshold {
  /** The value that must move: null when it is cleared, undefined when this record does not say. */
  readonly of: (value: In) => Judged;
  /** What the value is counted in, such as a currency; a value in another unit passes. */
  readonly unit?: (value: In) => string | null | undefined;
}

interface CommonOptions<In> {
  /** What is compared with what. @default the record's key */
  readonly key?: (value: In, record: KafkaRecord) => LookupKey;
  /** Under which values are remembered; a second threshold in one transform needs another. @default 'changeThreshold' */
  readonly name?: string;
  /** Reads the present values of keys that nothing is remembered of from Salesforce, instead of letting them pass. */
  readonly refresh?: Refresh;
}

/** Either one field, or several by name of which one must move. */
export type ChangeThresholdOptions<In> = CommonOptions<In> &
  (WatchedField<In> | { readonly fields: Readonly<Record<string, WatchedField<In>>> });

/** What is known of a key, by field. */
export type Known = Readonly<Record<string, KnownValue>>;

/** Name of the field when there is only one. */
export const onlyField = 'value';

interface Reading {
  readonly key: LookupKey;
  readonly values: Known;
}

/**
 * Filters values that moved less than a threshold away from the last value *written* for their key, so that slow drift
 * adds up and passes. The first value of a key passes; so do a cleared value, a value after a cleared one and a value in
 * another unit. A field that a record does not carry is not judged and stays remembered as it was.
 */
export function changeThreshold<In>(options: ChangeThresholdOptions<In>): Step<In, In> {
  const { key = recordKey, name = 'changeThreshold', refresh } = options;
  const fields = 'fields' in options ? options.fields : { [onlyField]: options };
  checkThresholds(name, fields);
  return {
    name,
    remembers: true,
    async run(items, services) {
      const readings = items.map((item) => read(name, item, fields, key));
      const keys = new Map(readings.flatMap((each) => ('key' in each ? [[String(each.key), each.key]] : [])));
      const remembered = await recall(name, keys, refresh, fields, services);
      // What this batch already let through, so that two records of a key in one batch are judged as in two batches.
      const overlay = new Map<string, Known>();
      return readings.map((reading, index): StepOutcome<In> => {
        const item = items[index];
        if (item === undefined || !('key' in reading)) return reading as StepOutcome<In>;
        const memoryKey = String(reading.key);
        const entry = remembered.get(memoryKey);
        const last = overlay.get(memoryKey) ?? parseKnown(entry);
        const repeated = entry !== undefined && wasJudged(entry, item.record);
        const passes = repeated
          ? entry.passedOffsets.includes(item.record.offset)
          : Object.entries(fields).some(([field, threshold]) =>
              moved(reading.values[field], last?.[field], threshold),
            ) || last === undefined;
        if (!passes) return { kind: 'filtered', memoryKey };
        const known = { ...last, ...reading.values };
        const text = JSON.stringify(known);
        if (text.length > longestMemory) {
          const error = new RangeError(`What is remembered of a key may have ${longestMemory} characters`);
          return { kind: 'rejected', error: rejection(name, item.record, error) };
        }
        // A repeated record's value is older than what the entry remembers.
        if (!repeated) overlay.set(memoryKey, known);
        return {
          kind: 'passed',
          value: item.value,
          remember: { step: name, key: memoryKey, value: text },
        };
      });
    },
  };
}

function moved(now: KnownValue | undefined, last: KnownValue | undefined, threshold: Threshold): boolean {
  return now !== undefined && hasMoved(now, last, threshold);
}

/** What is remembered of the keys; for the others, when asked to, what Salesforce holds at present. */
async function recall(
  name: string,
  keys: ReadonlyMap<string, LookupKey>,
  refresh: Refresh | undefined,
  thresholds: Readonly<Record<string, Threshold>>,
  services: StepServices,
): Promise<ReadonlyMap<string, MemoryEntry>> {
  const remembered = await services.memory.load(name, [...keys.keys()]);
  const cold = [...keys].filter(([text]) => !remembered.has(text)).map(([, key]) => key);
  if (refresh === undefined || cold.length === 0) return remembered;
  const current = await readCurrent(refresh, cold, thresholds, services.lookups);
  const entries = [...current].map(([key, known]) => ({ step: name, key, ...unjudged, value: JSON.stringify(known) }));
  // Stored before any record is judged by them, so that a redelivery finds what this delivery found.
  await services.memory.store(entries);
  return new Map([...remembered, ...entries.map((entry) => [entry.key, entry] as const)]);
}

/** Of a value that no record brought. */
const unjudged = { topic: '', partition: -1, offset: -1, passedOffsets: [] };

function read<In>(
  name: string,
  { value, record }: StepItem<In>,
  fields: Readonly<Record<string, WatchedField<In>>>,
  keyOf: (value: In, record: KafkaRecord) => LookupKey,
): Reading | Extract<StepOutcome<never>, { kind: 'rejected' }> {
  try {
    const values: Record<string, KnownValue> = {};
    for (const [field, watched] of Object.entries(fields)) {
      const now = watched.of(value);
      if (now === undefined) continue;
      const unit = watched.unit?.(value);
      values[field] = { value: canonical(now, watched), ...(unit === null || unit === undefined ? {} : { unit }) };
    }
    return { key: usableKey(keyOf(value, record)), values };
  } catch (error) {
    return { kind: 'rejected', error: rejection(name, record, error) };
  }
}

/** An item has 400 KB, a character up to three bytes, and the offsets of a batch take their part. */
const longestMemory = 80_000;

function parseKnown(entry: MemoryEntry | undefined): Known | undefined {
  return entry === undefined ? undefined : (JSON.parse(entry.value) as Known);
}

function checkThresholds(name: string, fields: Readonly<Record<string, Threshold>>): void {
  for (const { by, atLeast } of Object.values(fields)) {
    if ([by, atLeast].every((size) => size === undefined || Number(size) >= 0)) continue;
    throw new BridgeError('SKB_CONFIG_INVALID', `${name}: a threshold must be a number from 0 on`);
  }
}
