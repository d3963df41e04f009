import type { Bridge } from '../shared/bridge/bridge.ts';

/** Orgs whose sinks leave behind what they wrote, because a source of them has a loop guard. */
export function guardedOrgs(bridge: Bridge): string[] {
  return [...new Set(bridge.sources.filter(({ loopGuard }) => loopGuard).map(({ org }) => org))];
}
