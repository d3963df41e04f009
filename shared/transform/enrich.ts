import { BridgeError } from '../errors/bridge-error.ts';
import { describeCoordinates, type KafkaRecord } from '../kafka/kafka-record.ts';
import { type CacheOptions, createLookupCache, type LookupCache } from './lookup-cache.ts';
import type { LookupSource } from './lookup-sources.ts';
import type { LookupKey } from './lookups.ts';
import { failure, rejection } from './per-record.ts';
import type { Step, StepItem, StepOutcome, StepServices } from './step.ts';

export interface EnrichOptions<In, Found, Out> {
  readonly from: LookupSource<Found>;
  /** What is looked up for a value; null or undefined when there is nothing to look up. */
  readonly key: (value: In, record: KafkaRecord) => LookupKey | null | undefined;
  /** @param found undefined when there was nothing to look up, or it was not found. */
  readonly into: (value: In, found: NoInfer<Found> | undefined, record: KafkaRecord) => Out;
  readonly cache?: CacheOptions;
  /** @default 'enrich' */
  readonly name?: string;
}

/** Adds to each value what is known elsewhere: one look-up for all keys of a batch that are not cached. */
export function enrich<In, Found, Out>({
  from,
  key,
  into,
  cache: cacheOptions = {},
  name = 'enrich',
}: EnrichOptions<In, Found, Out>): Step<In, Out> {
  // One cache per place the definition runs in, so that what one test or org knows is not taken for another's.
  const caches = new WeakMap<object, LookupCache<Found>>();

  async function findAll(
    keys: readonly LookupKey[],
    services: StepServices,
  ): Promise<Map<string, Found | Error | undefined>> {
    const owner = services.lookups ?? services.memory;
    const cache = caches.get(owner) ?? createLookupCache<Found>(cacheOptions);
    caches.set(owner, cache);
    const now = (services.now ?? Date.now)();
    const all = new Map<string, Found | Error | undefined>();
    const unknown = new Map<string, LookupKey>();
    for (const each of keys) {
      const hit = cache.get(String(each), now);
      if (hit === undefined) unknown.set(String(each), each);
      else all.set(String(each), hit.found);
    }
    if (unknown.size === 0) return all;
    const found = await from.find([...unknown.values()], services.lookups);
    for (const each of unknown.keys()) {
      const answer = found.get(each);
      all.set(each, answer);
      if (!(answer instanceof Error)) cache.put(each, answer, now);
    }
    return all;
  }

  return {
    name,
    ...(from.needs === undefined ? {} : { needs: from.needs }),
    async run(items, services) {
      const keys = items.map((item) => readKey(name, item, key));
      const wanted = keys.filter((each) => typeof each === 'string' || typeof each === 'number');
      const found = wanted.length === 0 ? new Map<string, never>() : await findAll(wanted, services);
      return items.map(({ value, record }, index): StepOutcome<Out> => {
        const itsKey = keys[index];
        if (typeof itsKey === 'object') return itsKey;
        const thing = itsKey === undefined ? undefined : found.get(String(itsKey));
        if (thing instanceof Error) return { kind: 'rejected', error: unusable(name, record, thing) };
        try {
          return { kind: 'passed', value: into(value, thing, record) };
        } catch (error) {
          return { kind: 'rejected', error: rejection(name, record, error) };
        }
      });
    },
  };
}

function unusable(name: string, record: KafkaRecord, thing: Error): BridgeError {
  // Only our own words are known to hold no payload.
  if (!(thing instanceof BridgeError)) return rejection(name, record, thing);
  return failure(name, record, `cannot use what it found for ${describeCoordinates(record)}: ${thing.message}`);
}

function readKey<In>(
  name: string,
  { value, record }: StepItem<In>,
  key: (value: In, record: KafkaRecord) => LookupKey | null | undefined,
): LookupKey | undefined | Extract<StepOutcome<never>, { kind: 'rejected' }> {
  try {
    return key(value, record) ?? undefined;
  } catch (error) {
    return { kind: 'rejected', error: rejection(name, record, error) };
  }
}
