import { expect, it } from 'vitest';
import { createMeasureBatch } from '../../../../functions/sink/measure-batch.ts';
import { metricsOfSink } from '../../../../shared/telemetry/metrics.ts';

const events = { unmerged: 7, retried: 8, held: 9, droppedFields: 10, unreported: 11 };
const outcome = {
  handedBack: 6,
  counts: { written: 2, filtered: 3, absorbed: 4, deadLettered: 5 },
  filteredBy: { 'large orders': 2, 'aggregate: late': 1 },
  late: 1,
  events,
};
const usage = () => ({ leftPercent: 40, hoursLeft: 2 });

function setUp(parts: Partial<Parameters<typeof createMeasureBatch>[1]> = {}) {
  const measured: object[] = [];
  const properties: object[] = [];
  const measureBatch = createMeasureBatch(
    (values, beside = {}) => {
      measured.push(values);
      properties.push(beside);
    },
    { now: () => 60_000, hasAggregate: false, usage, ...parts },
  );
  return { measureBatch, measured, properties };
}

it('measures every metric of a sink, and the age of the oldest record', () => {
  const { measureBatch, measured } = setUp();
  measureBatch({ received: [{ timestamp: 50_000 }, { timestamp: 30_000 }], ...outcome });
  expect(measured).toEqual([
    {
      RecordsReceived: 2,
      RecordsWritten: 2,
      RecordsFiltered: 3,
      RecordsAbsorbed: 4,
      RecordsDeadLettered: 5,
      RecordsHandedBack: 6,
      RowsUnmerged: 7,
      RowsRetried: 8,
      RowsHeld: 9,
      FieldsDropped: 10,
      ReportsMissed: 11,
      RecordAge: 30,
      CallsLeft: 40,
      CallsLast: 7200,
    },
  ]);
  expect(Object.keys(measured[0] ?? {}).sort()).toEqual([...metricsOfSink({ hasAggregate: false })].sort());
});

it('measures apart what came late, where records can; the age of owed rows is measured by ticks', () => {
  const { measureBatch, measured } = setUp({ hasAggregate: true });
  measureBatch({ received: [{ timestamp: 50_000 }], ...outcome });
  expect(measured).toMatchObject([{ RecordsFiltered: 3, RecordsLate: 1 }]);
  expect([...Object.keys(measured[0] ?? {}), 'OwedRowAge'].sort()).toEqual(
    [...metricsOfSink({ hasAggregate: true })].sort(),
  );
});

it('tells which steps filtered, beside the metrics', () => {
  const { measureBatch, properties } = setUp();
  measureBatch({ received: [], ...outcome });
  measureBatch({ received: [], ...outcome, counts: { ...outcome.counts, filtered: 0 }, filteredBy: {} });
  expect(properties).toEqual([{ FilteredBy: { 'large orders': 2, 'aggregate: late': 1 } }, {}]);
});

it('does not call a record from the future late', () => {
  const { measureBatch, measured } = setUp({ now: () => 1000, usage: () => undefined });
  measureBatch({ received: [{ timestamp: 5000 }], ...outcome });
  expect(measured).toMatchObject([{ RecordAge: 0 }]);
  expect(measured[0]).not.toHaveProperty('CallsLeft');
});

it('gives no age to records without a timestamp', () => {
  const { measureBatch, measured } = setUp();
  measureBatch({ received: [{ timestamp: -1 }, { timestamp: 50_000 }], ...outcome });
  measureBatch({ received: [{ timestamp: -1 }], ...outcome });
  expect(measured).toMatchObject([{ RecordAge: 10 }, {}]);
  expect(measured[1]).not.toHaveProperty('RecordAge');
});
