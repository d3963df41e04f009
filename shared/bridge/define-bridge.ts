import type * as z from 'zod/mini';
import type { Bridge } from './bridge.ts';
import { bridgeSchema } from './bridge-schema.ts';
import { crossCheck } from './cross-check.ts';
import { invalidDefinition, toProblems } from './problems.ts';
import { judge, readable } from './readable.ts';
import { settle, withDefaults } from './with-defaults.ts';

/** What a user writes. */
export type BridgeDefinition = z.input<typeof bridgeSchema>;

/** Types a definition while it is written. It is checked by {@link parseBridge}, when a program starts or a stack is made. */
export function defineBridge(definition: BridgeDefinition): BridgeDefinition {
  return definition;
}

/**
 * Checks a definition and fills in the defaults, before any client is built.
 *
 * @throws BridgeError SKB_CONFIG_INVALID naming every problem with its path.
 */
export function parseBridge(definition: unknown): Bridge {
  if (typeof (definition as { then?: unknown } | null | undefined)?.then === 'function') {
    throw invalidDefinition([
      { path: 'bridge', rule: 'is a promise of a definition; await it in the file that exports it' },
    ]);
  }
  const { data, error } = bridgeSchema.safeParse(definition, { reportInput: true });
  const problems = [
    ...(error?.issues ?? []).flatMap((issue) => toProblems(issue, 'bridge')),
    ...judge([() => crossCheck(data ?? readable(bridgeSchema, definition))]),
  ];
  if (data === undefined || problems.length > 0) throw invalidDefinition(problems);
  return settle(withDefaults(data));
}
