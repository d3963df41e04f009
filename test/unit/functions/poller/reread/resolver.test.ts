import { expect, it } from 'vitest';
import { createResolver } from '../../../../../functions/poller/reread/resolver.ts';
import type { Draft } from '../../../../../functions/poller/to-delivery.ts';
import type { ChangedRow } from '../../../../../shared/salesforce/row-record.ts';
import { createLogBook, productChannel, productEvent, source, startOfTime } from '../in-memory.ts';

const ids = ['01tA', '01tB', '01tC'];

function updateOf(id: string): Draft {
  const row: ChangedRow = {
    channel: productChannel,
    replayId: '1',
    orgId: '00D000000000001AAA',
    id,
    object: 'Product2',
    type: 'updated',
    fields: { Name: 'new' },
    committedAt: startOfTime,
    headers: {},
  };
  return {
    event: productEvent(1),
    orgId: '00D000000000001AAA',
    subscription: { sources: [], isBeforeStart: () => false },
    shares: [{ source: source({ fullRow: true }), rows: [row] }],
    deadLetters: [],
    skipped: [],
  };
}

it('the rows of all events that came together are read in one call, each once', async () => {
  const asked: (readonly string[])[] = [];
  const resolver = createResolver({
    reader: {
      async byIds(_selection, wanted) {
        asked.push(wanted);
        return wanted.map((id) => ({ id, stamp: startOfTime + 5000, deleted: false, fields: { Family: id } }));
      },
      page: async () => [],
    },
    selectionOf: async (object) => ({ object, fields: ['Family'], shape: 'changeEvent' }),
    rest: { describe: async (name) => ({ name, fields: [] }) },
    clock: { now: () => 0 },
    logger: createLogBook(),
  });
  const [first = ''] = ids;
  const resolved = await resolver.resolve([...ids.map(updateOf), updateOf(first)]);
  expect(asked).toEqual([ids]);
  expect(resolved.map(({ shares }) => shares[0]?.rows[0]?.fields['Family'])).toEqual([...ids, first]);
  // What was read shows later changes too, for as long as it contains them.
  await resolver.resolve(ids.map(updateOf));
  expect(asked).toHaveLength(1);
});
