import { describe, expect, it } from 'vitest';
import { createEchoGuard } from '../../../../functions/poller/echo-guard.ts';
import type { Draft } from '../../../../functions/poller/to-delivery.ts';
import type { WrittenRow } from '../../../../shared/state/lately-written.ts';

const start = Date.UTC(2026, 0, 1);
const origin = 'com/salesforce/api/rest/66.0;client=bridge';

/** A guard with a clock that moves while it waits; `known` answers what is remembered so many milliseconds after the start. */
function setUp(known: (milliseconds: number) => WrittenRow['fields'] | undefined, salesforceAheadMs = 0) {
  let time = 0;
  let looks = 0;
  const guard = createEchoGuard({
    org: 'main',
    ourClients: new Set(['bridge']),
    written: {
      async find(_, id) {
        looks += 1;
        const fields = known(time);
        return fields === undefined ? undefined : { id, fields };
      },
    },
    clock: {
      now: () => time,
      date: () => new Date(start + time),
      async wait(milliseconds) {
        time += milliseconds;
      },
    },
  });
  async function judge(fields: object, headers: object = { 'salesforce.change.origin': origin }, loopGuard = true) {
    const row = { id: '001', type: 'updated', fields, committedAt: start + salesforceAheadMs, headers };
    const draft = { shares: [{ source: { loopGuard }, rows: [row] }], skipped: [] } as unknown as Draft;
    const kept = await guard(draft, new AbortController().signal);
    return { kept: kept.shares[0]?.rows.length, skipped: kept.skipped, time, looks };
  }
  return judge;
}

describe('the echo guard', () => {
  it('leaves out what the sink wrote', async () => {
    expect(await setUp(() => ({ Name: 'Acme' }))({ Name: 'Acme' })).toMatchObject({
      kept: 0,
      skipped: ['echo'],
      time: 0,
    });
  });

  it('waits for a write that is not remembered yet, because its call is not answered', async () => {
    const judge = setUp((time) => (time < 3_000 ? undefined : { Name: 'Acme' }));
    expect(await judge({ Name: 'Acme' })).toMatchObject({ kept: 0, skipped: ['echo'], time: 3_000 });
  });

  it('waits when what is remembered is a former write', async () => {
    const judge = setUp((time) => ({ Name: time < 1_000 ? 'Before' : 'Acme' }));
    expect(await judge({ Name: 'Acme' })).toMatchObject({ kept: 0, time: 1_000 });
  });

  it('publishes at once what a flow added to a write', async () => {
    expect(await setUp(() => ({ Name: 'Acme' }))({ Name: 'Acme', Rating: 'Hot' })).toMatchObject({ kept: 1, time: 0 });
  });

  it.each([
    ['twenty seconds after its commit', 0],
    ['no later by our own clock', 3_600_000],
  ])('publishes what nobody remembers %s', async (_, ahead) => {
    expect(await setUp(() => undefined, ahead)({ Name: 'Acme' })).toMatchObject({ kept: 1, skipped: [], time: 20_000 });
  });

  it('asks nothing about the changes of others, or where no source wants it', async () => {
    const judge = setUp(() => ({ Name: 'Acme' }));
    expect(await judge({ Name: 'Acme' }, {})).toMatchObject({ kept: 1, looks: 0 });
    expect(await judge({ Name: 'Acme' }, undefined, false)).toMatchObject({ kept: 1, looks: 0 });
  });
});
