/** What a bounded run came to; the line a program reads, field by field. */
export interface RunResult {
  readonly recordsIn: number;
  readonly recordsWritten: number;
  readonly filtered: number;
  readonly absorbed: number;
  readonly deadLettered: number;
  /** The org's own count. */
  readonly rowsWritten: number;
  /** The org's own count of the bridge's calls, of every kind. */
  readonly apiCalls: number;
  readonly eventsReceived: number;
  readonly recordsPublished: number;
  /** Marks sent and not found. */
  readonly lost: number;
  readonly duplicates: number;
  /** Rows and records that ended otherwise than the oracle says. */
  readonly wrong: number;
  readonly seconds: number;
}

/** What a person reads, line by line. */
export const labels: Readonly<Record<keyof RunResult, string>> = {
  recordsIn: 'records sent to Kafka for Salesforce',
  recordsWritten: '  written, alone or merged into a row',
  filtered: '  filtered by a transform',
  absorbed: '  absorbed into stored state',
  deadLettered: '  dead-lettered with reason and original bytes',
  rowsWritten: 'rows written, as the org counts',
  apiCalls: 'API calls used, as the org counts',
  eventsReceived: 'events received from Salesforce',
  recordsPublished: 'records published to Kafka',
  lost: 'lost',
  duplicates: 'duplicates',
  wrong: 'ended otherwise than expected',
  seconds: 'seconds',
};

export function formatTable(result: RunResult): string {
  const rows = Object.entries(labels).map(([name, label]) => [label, format(result[name as keyof RunResult])] as const);
  const left = Math.max(...rows.map(([label]) => label.length));
  const right = Math.max(...rows.map(([, value]) => value.length));
  return rows.map(([label, value]) => `${label.padEnd(left)}  ${value.padStart(right)}`).join('\n');
}

function format(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}
