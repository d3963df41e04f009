import type { ChangedRow } from '../../shared/salesforce/row-record.ts';
import type { LatelyWritten, WrittenRow } from '../../shared/state/lately-written.ts';
import type { Draft } from './to-delivery.ts';

// Two bridges, or one that works both ways, would send a change round for ever. A change that our own client made is
// dropped, but only when it is nothing but that write: what a flow or trigger added in the same transaction carries our
// name too, and is a change like any other.

/** Fields that Salesforce sets with every write. */
const audit: ReadonlySet<string> = new Set([
  'CreatedById',
  'CreatedDate',
  'Id',
  'IsDeleted',
  'LastModifiedById',
  'LastModifiedDate',
  'SystemModstamp',
]);

/** True when one of our clients made the change: `com/salesforce/api/rest/66.0;client=<name>`. */
export function isOurs(changeOrigin: string | undefined, clients: ReadonlySet<string>): boolean {
  const [, name] = /;client=([^;]*)$/.exec(changeOrigin ?? '') ?? [];
  return name !== undefined && clients.has(name.replace(/\/$/, ''));
}

/**
 * True when a change is the echo of what a sink wrote: an update all of whose changed fields have the written values. What
 * was created is published, because Salesforce fills in fields that nobody wrote and flows do the same.
 */
export function isEcho(row: ChangedRow, written: WrittenRow | undefined): boolean {
  if (written === undefined || row.type !== 'updated') return false;
  const sent = new Map(Object.entries(written.fields).map(([name, value]) => [name.toLowerCase(), value]));
  const changed = Object.entries(row.fields).filter(([name, value]) => !audit.has(name) && !isCompound(value));
  return (
    changed.length > 0 &&
    changed.every(([name, value]) => sent.has(name.toLowerCase()) && isSame(sent.get(name.toLowerCase()), value))
  );
}

/** Compounds come with their flat parts, which are compared. */
function isCompound(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isSame(sent: unknown, came: unknown): boolean {
  if ((sent ?? '') === '' || (came ?? '') === '') return (sent ?? '') === (came ?? '');
  if (typeof came === 'number') return Number(sent) === came;
  if (String(sent) === String(came)) return true;
  const isDate = typeof came === 'string' && /^\d{4}-\d\d-\d\dT/.test(came);
  return isDate && Date.parse(String(sent)) === Date.parse(came);
}

interface GuardParts {
  readonly written: Pick<LatelyWritten, 'find'>;
  readonly ourClients: ReadonlySet<string>;
}

/** Leaves out, for sources with a loop guard, what is nothing but a write of our own. */
export async function withoutEchoes(draft: Draft, org: string, { written, ourClients }: GuardParts): Promise<Draft> {
  let echoes = 0;
  const shares = draft.shares.map(async ({ source, rows }) => {
    if (!source.loopGuard) return { source, rows };
    const kept: ChangedRow[] = [];
    for (const row of rows) {
      const ours = row.id !== undefined && isOurs(row.headers['salesforce.change.origin'], ourClients);
      if (ours && isEcho(row, await written.find(org, row.id ?? ''))) echoes += 1;
      else kept.push(row);
    }
    return { source, rows: kept };
  });
  const guarded = { ...draft, shares: await Promise.all(shares) };
  return echoes === 0 ? draft : { ...guarded, skipped: [...draft.skipped, 'echo'] };
}
