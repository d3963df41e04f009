/** A span of days, end not included, as epoch milliseconds in UTC. */
export interface DaySpan {
  readonly from: number;
  readonly to: number;
}

type Unit = 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR';

/** Start of the unit that lies `offset` units away from the one that contains `now`. Weeks begin on Sunday. */
function startOf(unit: Unit, now: number, offset: number): number {
  const date = new Date(now);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const day = date.getUTCDate();
  switch (unit) {
    case 'DAY':
      return Date.UTC(year, month, day + offset);
    case 'WEEK':
      return Date.UTC(year, month, day - date.getUTCDay() + 7 * offset);
    case 'MONTH':
      return Date.UTC(year, month + offset, 1);
    case 'QUARTER':
      return Date.UTC(year, Math.floor(month / 3) * 3 + 3 * offset, 1);
    case 'YEAR':
      return Date.UTC(year + offset, 0, 1);
  }
}

const named: Readonly<Record<string, readonly [Unit, number]>> = {
  YESTERDAY: ['DAY', -1],
  TODAY: ['DAY', 0],
  TOMORROW: ['DAY', 1],
  LAST_WEEK: ['WEEK', -1],
  THIS_WEEK: ['WEEK', 0],
  NEXT_WEEK: ['WEEK', 1],
  LAST_MONTH: ['MONTH', -1],
  THIS_MONTH: ['MONTH', 0],
  NEXT_MONTH: ['MONTH', 1],
  LAST_QUARTER: ['QUARTER', -1],
  THIS_QUARTER: ['QUARTER', 0],
  NEXT_QUARTER: ['QUARTER', 1],
  LAST_YEAR: ['YEAR', -1],
  THIS_YEAR: ['YEAR', 0],
  NEXT_YEAR: ['YEAR', 1],
};

/** The span of `TODAY`, `LAST_N_DAYS:3`, … (SOQL and SOSL Reference, "Date Formats and Date Literals"), or undefined. */
export function spanOfLiteral(literal: string, now: number): DaySpan | undefined {
  // The organization's fiscal year is the calendar year.
  const [name = '', count] = literal.toUpperCase().replace('_FISCAL', '').split(':');
  const simple = named[name];
  if (simple !== undefined) {
    const [unit, offset] = simple;
    return { from: startOf(unit, now, offset), to: startOf(unit, now, offset + 1) };
  }
  if (name === 'LAST_90_DAYS') return { from: startOf('DAY', now, -90), to: startOf('DAY', now, 1) };
  if (name === 'NEXT_90_DAYS') return { from: startOf('DAY', now, 1), to: startOf('DAY', now, 91) };
  const match = /^(LAST|NEXT)_N_(DAY|WEEK|MONTH|QUARTER|YEAR)S$/.exec(name);
  const ago = /^N_(DAY|WEEK|MONTH|QUARTER|YEAR)S_AGO$/.exec(name);
  const n = Number(count);
  if (match !== null) {
    const unit = match[2] as Unit;
    // LAST_N_DAYS runs through today; the larger units end with the one before the present.
    if (match[1] === 'LAST') return { from: startOf(unit, now, -n), to: startOf(unit, now, unit === 'DAY' ? 1 : 0) };
    return { from: startOf(unit, now, 1), to: startOf(unit, now, n + 1) };
  }
  if (ago !== null) {
    const unit = ago[1] as Unit;
    return { from: startOf(unit, now, -n), to: startOf(unit, now, 1 - n) };
  }
  return undefined;
}
