import type { KafkaRecord } from '../kafka/kafka-record.ts';
import { type Moment, readEventTime } from './event-time.ts';
import { salesforceRows } from './lookup-sources.ts';
import type { LookupKey, Lookups } from './lookups.ts';
import { rejection } from './per-record.ts';
import { recordKey, recordTime, usableKey } from './record-parts.ts';
import type { Refresh } from './refresh.ts';
import type { Step, StepOutcome } from './step.ts';

export interface LastWriterOptions<In> {
  /** What is written. @default the record's key */
  readonly key?: (value: In, record: KafkaRecord) => LookupKey;
  /** When it was changed. @default the record's timestamp */
  readonly at?: (value: In, record: KafkaRecord) => Moment;
  /** Where Salesforce tells when its row was changed, by people too; read once a batch. @default nobody else writes there */
  readonly current?: Omit<Refresh, 'from' | 'unit'> & { readonly from: string };
  /** Under which times are remembered and records are counted as filtered. @default 'lastWriter' */
  readonly name?: string;
}

/**
 * Lets only changes through that are newer than the last one written for their key: by this sink, or by anybody if
 * `current` tells of it. What came again is not newer, and is filtered. The times decide and not the order of the records,
 * so the outcome is the same for any order, any split into batches and any redelivery.
 */
export function lastWriter<In>(options: LastWriterOptions<In> = {}): Step<In, In> {
  const { key = recordKey, at = recordTime, current, name = 'lastWriter' } = options;
  return {
    name,
    remembers: true,
    async run(items, services) {
      const now = (services.now ?? Date.now)();
      const readings = items.map(({ value, record }) => {
        try {
          return { key: usableKey(key(value, record)), at: readEventTime(at(value, record), now) };
        } catch (error) {
          return { error: rejection(name, record, error) };
        }
      });
      const keys = new Map(readings.flatMap((each) => ('key' in each ? [[String(each.key), each.key]] : [])));
      const [remembered, shown] = await Promise.all([
        services.memory.load(name, [...keys.keys()]),
        readTimes(current, [...keys.values()], services.lookups),
      ]);
      const last = new Map<string, number>();
      for (const text of keys.keys()) {
        const times = [remembered.get(text)?.value, shown.get(text)].filter((each) => each !== undefined);
        if (times.length > 0) last.set(text, Math.max(...times.map(Number)));
      }
      return readings.map((reading, index): StepOutcome<In> => {
        const item = items[index];
        if ('error' in reading || item === undefined)
          return { kind: 'rejected', error: (reading as { error: never }).error };
        const memoryKey = String(reading.key);
        if (reading.at <= (last.get(memoryKey) ?? Number.NEGATIVE_INFINITY)) return { kind: 'filtered', memoryKey };
        last.set(memoryKey, reading.at);
        return {
          kind: 'passed',
          value: item.value,
          remember: { step: name, key: memoryKey, value: String(reading.at) },
        };
      });
    },
  };
}

/** When rows were changed last, by key; a row without a time was never changed by anybody who says so. */
async function readTimes(
  current: LastWriterOptions<never>['current'],
  keys: readonly LookupKey[],
  lookups: Lookups | undefined,
): Promise<ReadonlyMap<string, number>> {
  if (current === undefined || keys.length === 0) return new Map();
  const { object, by, from } = current;
  const rows = await salesforceRows({ object, by, fields: [from] }).find(keys, lookups);
  return new Map(
    [...rows].flatMap(([key, row]): [string, number][] => {
      // Several rows with this key: Salesforce will refuse the write by name.
      const time = row instanceof Error ? undefined : row[from];
      const at = typeof time === 'string' || typeof time === 'number' ? +new Date(time) : Number.NaN;
      return Number.isNaN(at) ? [] : [[key, at]];
    }),
  );
}
