import type { ChangedRow } from '../../shared/salesforce/row-record.ts';
import type { WrittenRow } from '../../shared/state/lately-written.ts';

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
 * `echo`: an update all of whose changed fields have the written values. `change`: something else, or more than that. What was
 * created is a change, because Salesforce fills in fields that nobody wrote and flows do the same. `unknown`: what is
 * remembered is not the write that made it, which may not be remembered yet.
 */
export function judgeEcho(row: ChangedRow, written: WrittenRow | undefined): 'echo' | 'change' | 'unknown' {
  const changed = Object.entries(row.fields).filter(([name, value]) => !audit.has(name) && !isCompound(value));
  if (row.type !== 'updated' || changed.length === 0) return 'change';
  const sent = new Map(Object.entries(written?.fields ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const known = changed.filter(([name]) => sent.has(name.toLowerCase()));
  const isThatWrite = known.length > 0 && known.every(([name, value]) => isSame(sent.get(name.toLowerCase()), value));
  if (!isThatWrite) return 'unknown';
  return known.length === changed.length ? 'echo' : 'change';
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
