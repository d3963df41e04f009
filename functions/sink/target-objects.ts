import type { RowTarget, Sink } from '../../shared/bridge/bridge.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { ObjectDescribe } from '../../shared/salesforce/describe.ts';
import type { DescribeCache } from '../../shared/salesforce/describe-cache.ts';
import type { TargetObjects } from './settle-round.ts';
import { createTargetObject, type TargetObject } from './target-object.ts';

/**
 * The objects of a sink from the describe cache; what is derived from a describe is made once for each. Loading one without a
 * field by which the sink finds its rows throws SKB_CONFIG_INVALID: each of its records would become a dead letter for what
 * an administrator did to the field.
 */
export function createTargetObjects(sink: Sink, describes: DescribeCache): TargetObjects {
  const made = new WeakMap<ObjectDescribe, TargetObject>();
  const leftOut = new Set<string>();
  const targetsOf = (object: string) =>
    sink.targets.filter((target) => target.object.toLowerCase() === object.toLowerCase());
  const toTarget = async (name: string): Promise<TargetObject> => {
    let describe = await describes.get(name);
    const known = made.get(describe);
    if (known !== undefined) return known;
    const targets = targetsOf(describe.name);
    // It may be there again since.
    if (missingKeyField(targets, describe) !== undefined) describe = (await describes.refresh(name)).describe;
    const missing = missingKeyField(targets, describe);
    if (missing !== undefined) throw withoutKeyField(sink, describe.name, missing);
    // Those of one object agree in their key; one that creates has none, or a mark.
    const keyed = targets.find(({ externalId }) => externalId !== undefined);
    const object = createTargetObject(describe, { ...sink, externalId: keyed?.externalId ?? targets[0]?.mark });
    made.set(describe, object);
    return object;
  };
  return {
    async load(names) {
      const unique = new Map(names.map((name) => [name.toLowerCase(), name]));
      const entries = [...unique].map(async ([lower, name]) => [lower, await toTarget(name)] as const);
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

/** A field by which rows are found or marked and that the object does not have. */
function missingKeyField(targets: readonly RowTarget[], { fields }: ObjectDescribe): string | undefined {
  const names = new Set(fields.map(({ name }) => name.toLowerCase()));
  const wanted = targets.flatMap(({ externalId, mark }) => externalId ?? mark ?? []);
  return wanted.find((name) => !names.has(name.toLowerCase()));
}

function withoutKeyField({ name: sink }: Sink, object: string, field: string): BridgeError {
  const message = `${object} has no field ${field}, by which the sink ${sink} finds its rows: it was removed, or is hidden from the bridge's user`;
  return new BridgeError('SKB_CONFIG_INVALID', message, { context: { sink, object, fields: [field] } });
}
