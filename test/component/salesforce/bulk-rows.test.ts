import { expect, it } from 'vitest';
import { createBulkRowReader } from '../../../shared/salesforce/bulk-rows.ts';
import { everythingOf } from '../../../shared/salesforce/row-selection.ts';
import { until } from '../../unit/functions/poller/in-memory.ts';
import { create, startAll } from '../poller/harness.ts';

it('reads the rows of a range through a job, page after page by its locator', async () => {
  await using all = await startAll();
  const names = ['Bolt', 'Nut', 'Washer', 'Pin', 'Screw'];
  const ids = names.map((Name) => create(all.org, 'Product2', { Name }));
  all.org.control.changeRows({ delete: [ids[4] ?? ''] });
  const bulk = createBulkRowReader(all.rest, 2);
  const selection = everythingOf(await all.rest.describe('Product2'));
  const range = { deleted: false, from: '2000-01-01T00:00:00.000Z' };
  expect(await bulk.count(selection, range)).toBe(4);

  let job = await bulk.start(selection, range);
  let state = '';
  await until(() => {
    void bulk.stateOf(job).then((now) => {
      state = now;
    });
    return state === 'complete';
  });
  const pages: string[][] = [];
  for (;;) {
    const { rows, locator } = await bulk.page(selection, job);
    pages.push(rows.map(({ fields }) => String(fields['Name'])));
    if (locator === undefined) break;
    job = { ...job, locator };
  }
  expect(pages.map((page) => page.length)).toEqual([2, 2]);
  expect(pages.flat().sort()).toEqual(names.slice(0, 4).sort());
  // A deleted row changed, too.
  expect(new Set(await bulk.changedSince('Product2', new Date(0)))).toEqual(new Set(ids));
  expect(await bulk.stateOf({ ...job, id: '750000000000999AAA' })).toBe('lost');
});
