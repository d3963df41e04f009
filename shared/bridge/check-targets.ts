import type { RowTarget, Sink } from './bridge.ts';
import type { Problem } from './problems.ts';
import { judge } from './readable.ts';

const withoutKey = new Set<RowTarget['operation']>(['create', 'publish']);

/** Rules between the settings of a sink's targets. */
export function checkTargets(sink: Sink): Problem[] {
  const rules = judge([
    () => sink.targets.flatMap(checkTarget),
    () => differentKeys(sink.targets),
    () => namedTwice(sink.targets),
  ]);
  return rules.map((rule) => ({ path: `sinks.${sink.name}.write`, rule }));
}

function checkTarget(target: RowTarget): string[] {
  return judge([
    () => keyProblems(target),
    () => (target.operation !== 'create' && target.mark !== undefined ? [`${target.operation} takes no mark`] : []),
    () => objectProblems(target),
  ]);
}

function keyProblems({ operation, externalId }: RowTarget): string[] {
  if (operation === 'upsert' && externalId === undefined) return ['upsert needs an externalId'];
  if (withoutKey.has(operation) && externalId !== undefined) return [`${operation} takes no externalId`];
  return [];
}

function objectProblems({ operation, object }: RowTarget): string[] {
  const isEvent = object.toLowerCase().endsWith('__e');
  if (operation === 'publish' && !isEvent) return [`${object} is no platform event; its name ends with __e`];
  if (operation !== 'publish' && isEvent) return [`${object} can only be published`];
  return [];
}

/** The order of a row's changes can only be kept when all of them name it the same way. */
function differentKeys(targets: readonly RowTarget[]): string[] {
  const keyOf = new Map<string, string>();
  return targets
    .filter(({ operation }) => !withoutKey.has(operation))
    .flatMap(({ object, externalId = 'Id' }) => {
      const other = keyOf.get(object.toLowerCase()) ?? externalId.toLowerCase();
      keyOf.set(object.toLowerCase(), externalId.toLowerCase());
      return other === externalId.toLowerCase() ? [] : [`the targets of ${object} must agree in their externalId`];
    });
}

function namedTwice(targets: readonly RowTarget[]): string[] {
  const named = targets.map(({ operation, object }) => `${operation}(${object.toLowerCase()})`);
  return [...new Set(named.filter((each, index) => named.indexOf(each) !== index))].map(
    (each) => `names ${each} twice`,
  );
}
