import { createHash } from 'node:crypto';
import { asBridgeError } from '../../shared/errors/bridge-error.ts';
import type { ObjectDescribe } from '../../shared/salesforce/describe.ts';
import type { DescribeCache } from '../../shared/salesforce/describe-cache.ts';
import type { KnownObject, ObjectStore } from '../../shared/state/object-store.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { Clock } from './clock.ts';
import type { Counters } from './counters.ts';

/** How an object's fields differ from what they were. */
export interface Drift {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Such as `Price__c: currency → double`. */
  readonly retyped: readonly string[];
}

export interface WatchFieldsParts {
  readonly org: string;
  readonly objects: readonly string[];
  readonly describes: Pick<DescribeCache, 'refresh'>;
  readonly store: ObjectStore;
  /** Brings what depends on an object's fields in step with them: at the first look, and whenever they changed. */
  readonly keepInStep: (object: string) => Promise<void>;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly logger: Logger;
}

/**
 * Asks for the fields of objects again and again. A describe that did not change costs a 304. What changed is reported once,
 * whichever of the channels and tasks that look at the object sees it first; each of them acts on it.
 */
export async function watchFields(parts: WatchFieldsParts, signal: AbortSignal): Promise<void> {
  const { objects, everyMs, clock, logger } = parts;
  const inStepWith = new Map<string, string>();
  while (!signal.aborted) {
    for (const object of objects) {
      try {
        await look(object, inStepWith, parts);
      } catch (cause) {
        const error = asBridgeError(cause);
        if (error.code === 'SKB_BUG') throw error;
        logger.debug('fields cannot be looked at', { object, ...errorFields(error) });
      }
    }
    await clock.wait(everyMs, signal);
  }
}

async function look(object: string, inStepWith: Map<string, string>, parts: WatchFieldsParts): Promise<void> {
  const { describe, lastModified } = await parts.describes.refresh(object);
  const now = { ...toKnown(describe), ...(lastModified && { modifiedAt: new Date(lastModified).toISOString() }) };
  if (inStepWith.get(object) !== now.fingerprint) {
    await parts.keepInStep(object);
    inStepWith.set(object, now.fingerprint);
  }
  await report(object, now, parts);
}

async function report(object: string, now: KnownObject, parts: WatchFieldsParts): Promise<void> {
  const { org, store, clock, counters, logger } = parts;
  const before = await store.read(org, object);
  if (before?.fingerprint === now.fingerprint) return;
  if (before === undefined) {
    await store.replace(org, object, undefined, now);
    return;
  }
  // Somebody else asked Salesforce later than we did.
  if ((before.modifiedAt ?? '') > (now.modifiedAt ?? '')) return;
  const drifted = {
    ...now,
    ...(before.modifiedAt && { changedAfter: before.modifiedAt }),
    driftedAt: clock.date().toISOString(),
  };
  if (!(await store.replace(org, object, before, drifted))) return;
  counters.add('schemaChanges');
  logger.warn('fields of an object changed', { org, object, ...differenceBetween(before, now) });
}

export function toKnown({ fields }: ObjectDescribe): KnownObject {
  const types = Object.fromEntries(
    fields.map(({ name, type }): [string, string] => [name, type]).sort(([one], [other]) => (one < other ? -1 : 1)),
  );
  return { fields: types, fingerprint: createHash('sha256').update(JSON.stringify(types)).digest('hex') };
}

export function differenceBetween(before: KnownObject, now: KnownObject): Drift {
  const names = Object.keys(now.fields);
  return {
    added: names.filter((name) => !(name in before.fields)),
    removed: Object.keys(before.fields).filter((name) => !(name in now.fields)),
    retyped: names.flatMap((name) => {
      const [from, to] = [before.fields[name], now.fields[name]];
      return from === undefined || from === to ? [] : [`${name}: ${from} → ${to}`];
    }),
  };
}
