import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLiveRows, type HeldRow } from '../../../../../functions/poller/reread/live-rows.ts';
import type { ChangedRow } from '../../../../../shared/salesforce/row-record.ts';

const base = Date.parse('2026-01-01T00:00:00.000Z');
const id = '01t000000000001AAA';

function change(
  committedAt: number,
  fields: Record<string, unknown>,
  type: ChangedRow['type'] = 'updated',
): ChangedRow {
  const shared = { channel: '/data/Product2ChangeEvent', replayId: '1', orgId: 'org', object: 'Product2', headers: {} };
  return { ...shared, id, type, fields, committedAt };
}

/** A row as it was read, with the stamp in whole seconds. */
function heldRow(committedAt: number, fields: Record<string, unknown>): HeldRow {
  const stamp = Math.floor(committedAt / 1000) * 1000;
  const row = { ...change(stamp, fields, 'snapshot'), replayId: undefined, complete: true };
  return { read: { id, stamp, deleted: false, fields }, row };
}

const quiet = { now: 100_000, subscribedSince: 0, waiting: false, date: base + 100_000 };
const busy = { now: 0, subscribedSince: 0, waiting: false, date: base };

describe('a row that was read', () => {
  it('waits until the channel has brought everything up to its stamp', () => {
    const live = createLiveRows(5000);
    live.beginRead();
    live.endRead([heldRow(base + 500, { Name: 'read' })], 0);
    expect(live.takeDue(busy)).toEqual([]);
    live.note([change(base + 900, { Other: 1 })], 0);
    expect(live.takeDue(busy)).toEqual([]);
    live.note([change(base + 1000, { Other: 2 })], 0);
    expect(live.takeDue(busy)).toHaveLength(1);
  });

  it('waits for a channel that is not subscribed, and has its turn when nothing comes any more', () => {
    const live = createLiveRows(5000);
    live.beginRead();
    live.endRead([heldRow(base, { Name: 'read' })], 0);
    expect(live.takeDue({ ...quiet, subscribedSince: undefined })).toEqual([]);
    // Something did come, and Kafka is slow to take what came before it.
    expect(live.takeDue({ ...quiet, waiting: true })).toEqual([]);
    expect(live.takeDue(quiet)).toMatchObject([{ fields: { Name: 'read' } }]);
    expect(live.held).toBe(0);
  });

  it('shows the changes that came after it, and not those it contains', () => {
    const live = createLiveRows(5000);
    live.beginRead();
    live.note([change(base - 2000, { Name: 'before' })], 0);
    live.endRead([heldRow(base, { Name: 'read', Family: 'F' })], 0);
    live.note([change(base + 3000, { Name: 'after' })], 0);
    expect(live.takeDue(busy)).toMatchObject([{ fields: { Name: 'after', Family: 'F' }, complete: true }]);
  });

  it('is left out when the row was deleted meanwhile', () => {
    const live = createLiveRows(5000);
    live.beginRead();
    live.endRead([heldRow(base, { Name: 'read' })], 0);
    live.note([change(base + 3000, {}, 'deleted')], 0);
    expect(live.takeDue(busy)).toEqual([]);
    expect(live.held).toBe(0);
  });

  it('makes changes recognisable that it contains and that come after it', () => {
    const live = createLiveRows(5000);
    live.beginRead();
    live.endRead([heldRow(base, { Name: 'read' })], 0);
    live.takeDue(quiet);
    expect(live.isContained(change(base - 1000, { Name: 'late' }))).toBe(true);
    expect(live.isContained(change(base, { Name: 'same second' }))).toBe(false);
  });
});

it('never brings a version back, wherever the read and the changes fall', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1500 }), { minLength: 1, maxLength: 12 }),
      fc.nat(12),
      fc.nat(12),
      fc.nat(12),
      (pauses, readAt, beganBehind, arrivedAtRead) => {
        // Version n is committed at times[n]; the stream is behind the org by some events when the row is read.
        let time = base;
        const times = pauses.map((pause) => (time += pause));
        const read = Math.min(readAt, times.length - 1);
        const arrived = Math.max(0, Math.min(arrivedAtRead, read + 1));
        const began = Math.max(0, arrived - beganBehind);
        const live = createLiveRows(5000);
        const published: number[] = [];
        const flush = (state: typeof busy) => {
          for (const row of live.takeDue(state)) published.push(Number(row.fields['Version']));
        };
        const arrive = (version: number) => {
          const row = change(times[version] ?? 0, { Version: version });
          if (live.isContained(row)) return;
          live.note([row], 0);
          published.push(version);
          flush(busy);
        };
        for (let version = 0; version < began; version += 1) arrive(version);
        live.beginRead();
        for (let version = began; version < arrived; version += 1) arrive(version);
        live.endRead([heldRow(times[read] ?? 0, { Version: read })], 0);
        flush(busy);
        for (let version = arrived; version < times.length; version += 1) arrive(version);
        flush(quiet);
        expect(published).toEqual([...published].sort((one, other) => one - other));
        expect(published.at(-1)).toBe(times.length - 1);
        expect(live.held).toBe(0);
      },
    ),
  );
});
