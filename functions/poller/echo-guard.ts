import type { ChangedRow } from '../../shared/salesforce/row-record.ts';
import type { LatelyWritten } from '../../shared/state/lately-written.ts';
import type { Clock } from './clock.ts';
import { isOurs, judgeEcho } from './loop-guard.ts';
import type { Draft } from './to-delivery.ts';

interface EchoGuardParts {
  readonly org: string;
  /** What sinks wrote lately. */
  readonly written: Pick<LatelyWritten, 'find'>;
  /** Names of our own clients. */
  readonly ourClients: ReadonlySet<string>;
  readonly clock: Clock;
}

/**
 * Rows of a call are committed one after the other, and the sink remembers them when the call was answered; calls near 20 s
 * are avoided. A change that comes before is held up so long after its commit, then it is published.
 */
const HELD_MS = 20_000;
const PAUSE_MS = 250;

/** Leaves out of a draft, for sources with a loop guard, what is nothing but a write of our own. */
export function createEchoGuard({ org, written, ourClients, clock }: EchoGuardParts) {
  async function isOwnEcho(row: ChangedRow, until: number, signal: AbortSignal): Promise<boolean> {
    if (row.id === undefined || !isOurs(row.headers['salesforce.change.origin'], ourClients)) return false;
    for (;;) {
      const verdict = judgeEcho(row, await written.find(org, row.id));
      if (verdict !== 'unknown') return verdict === 'echo';
      // Salesforce's clock may be ahead of ours, so there is an end by our own, too.
      const left = Math.min(until - clock.now(), row.committedAt + HELD_MS - clock.date().getTime());
      if (left <= 0 || signal.aborted) return false;
      await clock.wait(Math.min(PAUSE_MS, left), signal);
    }
  }

  return async function withoutEchoes(draft: Draft, signal: AbortSignal): Promise<Draft> {
    const until = clock.now() + HELD_MS;
    let echoes = 0;
    const shares = draft.shares.map(async ({ source, rows }) => {
      if (!source.loopGuard) return { source, rows };
      const kept: ChangedRow[] = [];
      for (const row of rows) {
        if (await isOwnEcho(row, until, signal)) echoes += 1;
        else kept.push(row);
      }
      return { source, rows: kept };
    });
    const guarded = { ...draft, shares: await Promise.all(shares) };
    return echoes === 0 ? draft : { ...guarded, skipped: [...draft.skipped, 'echo'] };
  };
}
