import { expectPrices } from '../sample/price-oracle.ts';
import type { PriceRecord } from '../sample/price-updates.ts';
import type { LoadTrace } from './bounded-load.ts';
import type { OrgCounts } from './org-counts.ts';
import type { OrgHands } from './org-hands.ts';
import { auditPrices, type PriceRow } from './price-audit.ts';
import type { RunResult } from './report.ts';
import { markOf, objectOf } from './row-changes.ts';
import type { ReadRecord } from './topic-reader.ts';

interface AuditParts {
  readonly trace: LoadTrace;
  readonly prices: readonly PriceRecord[];
  readonly knownProducts: ReadonlySet<string>;
  readonly hands: OrgHands;
  readonly counts: OrgCounts;
  readonly eventsReceived: number;
  readonly seconds: number;
}

/** Holds what Kafka and the org show against what was sent. */
export async function auditLoad(parts: AuditParts): Promise<RunResult> {
  const { trace, prices, hands, counts } = parts;
  const sink = trace.sink === undefined ? nothing : await auditSink(parts, hands);
  const sources = trace.sources.map(({ source, marks, records }) => {
    const found = new Set(records.map((record) => markOf(objectOf(source), record)));
    return { lost: marks.difference(found).size, duplicates: records.length - distinctEvents(records) };
  });
  const { written, filtered, absorbed, deadLettered } = trace.dispositions;
  return {
    recordsIn: trace.sink === undefined ? 0 : prices.length,
    recordsWritten: written,
    filtered,
    absorbed,
    deadLettered,
    rowsWritten: counts.rowsWritten,
    apiCalls: counts.apiCalls,
    eventsReceived: parts.eventsReceived,
    recordsPublished: trace.sources.reduce((sum, { records }) => sum + records.length, 0),
    lost: sink.lost + sources.reduce((sum, each) => sum + each.lost, 0),
    duplicates: sink.duplicates + sources.reduce((sum, each) => sum + each.duplicates, 0),
    wrong: sink.wrong,
    seconds: parts.seconds,
  };
}

const nothing = { lost: 0, duplicates: 0, wrong: 0 };

async function auditSink({ trace, prices, knownProducts }: AuditParts, hands: OrgHands): Promise<typeof nothing> {
  const expected = expectPrices(prices, knownProducts);
  const rows = await hands.query(
    'SELECT ErpKey__c, UnitPrice, ErpChangeId__c FROM PricebookEntry WHERE ErpKey__c != null',
  );
  const findings = auditPrices(prices, expected, rows as unknown as PriceRow[], trace.letters);
  const ends = { written: 0, filtered: 0, deadLettered: 0 };
  for (const end of expected.ends) ends[end] += 1;
  const { written, filtered, deadLettered } = trace.dispositions;
  const wrongCounts =
    Math.abs(written - ends.written) + Math.abs(filtered - ends.filtered) + Math.abs(deadLettered - ends.deadLettered);
  return {
    lost: findings.lost.length,
    duplicates: findings.duplicateLetters,
    wrong: findings.wrongRows.length + wrongCounts,
  };
}

/** A record of a source is known by its event and its place in the event's fan-out. */
function distinctEvents(records: readonly ReadRecord[]): number {
  const identities = records.map(
    ({ headers }) =>
      `${headers['salesforce.channel']} ${headers['salesforce.replay.id']} ${headers['salesforce.fan.out.index']}`,
  );
  return new Set(identities).size;
}
