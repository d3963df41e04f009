import { expect, it } from 'vitest';
import { createMeasureBatch } from '../../../../functions/sink/measure-batch.ts';
import { sinkMetrics } from '../../../../shared/telemetry/metrics.ts';

const events = { unmerged: 7, retried: 8, held: 9, droppedFields: 10 };
const counts = { written: 2, filtered: 3, absorbed: 4, deadLettered: 5 };

it('measures every metric of a sink, and the age of the oldest record', () => {
  const measured: object[] = [];
  const measureBatch = createMeasureBatch(
    (values) => measured.push(values),
    () => 60_000,
    () => ({ leftPercent: 40, hoursLeft: 2 }),
  );
  measureBatch({ received: [{ timestamp: 50_000 }, { timestamp: 30_000 }], handedBack: 6, counts, events });
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
      RecordAge: 30,
      CallsLeft: 40,
      CallsLast: 7200,
    },
  ]);
  expect(Object.keys(measured[0] ?? {}).sort()).toEqual(Object.keys(sinkMetrics).sort());
});

it('does not call a record from the future late', () => {
  const measured: object[] = [];
  createMeasureBatch(
    (values) => measured.push(values),
    () => 1000,
    () => undefined,
  )({ received: [{ timestamp: 5000 }], handedBack: 0, counts, events });
  expect(measured).toMatchObject([{ RecordAge: 0 }]);
  expect(measured[0]).not.toHaveProperty('CallsLeft');
});
