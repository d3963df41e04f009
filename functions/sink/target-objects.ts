import type { Sink } from '../../shared/bridge/bridge.ts';
import type { ObjectDescribe } from '../../shared/salesforce/describe.ts';
import type { DescribeCache } from '../../shared/salesforce/describe-cache.ts';
import type { TargetObjects } from './settle-round.ts';
import { createTargetObject, type TargetObject } from './target-object.ts';

/** The objects of a sink from the describe cache; what is derived from a describe is made once for each. */
export function createTargetObjects(sink: Sink, describes: DescribeCache): TargetObjects {
  const made = new WeakMap<ObjectDescribe, TargetObject>();
  const leftOut = new Set<string>();
  const toTarget = (describe: ObjectDescribe): TargetObject => {
    const known = made.get(describe);
    if (known !== undefined) return known;
    const targets = sink.targets.filter(({ object }) => object.toLowerCase() === describe.name.toLowerCase());
    // Those of one object agree in their key; one that creates has none, or a mark.
    const keyed = targets.find(({ externalId }) => externalId !== undefined);
    const object = createTargetObject(describe, { ...sink, externalId: keyed?.externalId ?? targets[0]?.mark });
    made.set(describe, object);
    return object;
  };
  return {
    async load(names) {
      const unique = new Map(names.map((name) => [name.toLowerCase(), name]));
      const entries = [...unique].map(async ([lower, name]) => [lower, toTarget(await describes.get(name))] as const);
      return new Map(await Promise.all(entries));
    },
    refresh: async (name) => (await describes.refresh(name)).changed,
    areNew(name, fields) {
      const before = leftOut.size;
      for (const field of fields) leftOut.add(`${name}.${field}`);
      return leftOut.size > before;
    },
  };
}
