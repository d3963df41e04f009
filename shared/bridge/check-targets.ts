import type { RowTarget, Sink } from './bridge.ts';
import type { Problem } from './problems.ts';

const withoutKey = new Set<RowTarget['operation']>(['create', 'publish']);

/** Rules between the settings of a sink's targets. */
export function checkTargets({ name, targets }: Sink): Problem[] {
  const path = `sinks.${name}.write`;
  const problems: Problem[] = [];
  const keyOf = new Map<string, string>();
  for (const { operation, object, externalId, mark } of targets) {
    const say = (rule: string) => problems.push({ path, rule });
    if (operation === 'upsert' && externalId === undefined) say('upsert needs an externalId');
    if (withoutKey.has(operation) && externalId !== undefined) say(`${operation} takes no externalId`);
    if (operation !== 'create' && mark !== undefined) say(`${operation} takes no mark`);
    if ((operation === 'publish') !== object.toLowerCase().endsWith('__e')) {
      say(
        operation === 'publish'
          ? `${object} is no platform event; its name ends with __e`
          : `${object} can only be published`,
      );
    }
    if (withoutKey.has(operation)) continue;
    const key = (externalId ?? 'Id').toLowerCase();
    const other = keyOf.get(object.toLowerCase());
    // The order of a row's changes can only be kept when all of them name it the same way.
    if (other !== undefined && other !== key) say(`the targets of ${object} must agree in their externalId`);
    keyOf.set(object.toLowerCase(), key);
  }
  const named = targets.map(({ operation, object }) => `${operation}(${object.toLowerCase()})`);
  for (const twice of new Set(named.filter((each, index) => named.indexOf(each) !== index))) {
    problems.push({ path, rule: `names ${twice} twice` });
  }
  return problems;
}
