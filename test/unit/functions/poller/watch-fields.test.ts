import { describe, expect, it } from 'vitest';
import { createCounters } from '../../../../functions/poller/counters.ts';
import { watchFields } from '../../../../functions/poller/watch-fields.ts';
import type { ObjectDescribe } from '../../../../shared/salesforce/describe.ts';
import { createJumpingClock, createLogBook, createMemoryObjects, until } from './in-memory.ts';

const fields = (...names: string[]) =>
  ({ name: 'Lead', fields: names.map((name) => ({ name, type: 'string' })) }) as unknown as ObjectDescribe;
const noon = 'Thu, 01 Oct 2026 12:00:00 GMT';
const later = 'Thu, 01 Oct 2026 12:00:05 GMT';

/** Tasks that look at the same object, each with what it knows of it. */
function startTasks(...described: { describe: ObjectDescribe; lastModified: string }[]) {
  const store = createMemoryObjects();
  const logger = createLogBook();
  const counters = createCounters();
  const stop = new AbortController();
  const tasks = described.map((known) => {
    const task = { known, looks: 0, inStep: [] as string[] };
    const watching = watchFields(
      {
        org: 'main',
        objects: ['Lead'],
        describes: {
          refresh: async () => {
            task.looks += 1;
            return { ...task.known, changed: false };
          },
        },
        store,
        keepInStep: async () => void task.inStep.push(task.known.lastModified),
        everyMs: 1000,
        clock: createJumpingClock(),
        counters,
        logger,
      },
      stop.signal,
    );
    return Object.assign(task, {
      watching,
      async looksAgain() {
        const { looks } = task;
        await until(() => task.looks >= looks + 2);
      },
    });
  });
  const stopAll = async () => {
    stop.abort();
    await Promise.allSettled(tasks.map(({ watching }) => watching));
  };
  return { tasks, logger, counters, store, [Symbol.asyncDispose]: stopAll };
}

describe('tasks that look at the fields of one object', () => {
  it('report a change once, and each of them acts on it', async () => {
    await using all = startTasks(
      { describe: fields('Id'), lastModified: noon },
      { describe: fields('Id'), lastModified: noon },
    );
    for (const task of all.tasks) await task.looksAgain();
    for (const task of all.tasks) task.known = { describe: fields('Id', 'Hobby__c'), lastModified: later };
    for (const task of all.tasks) await task.looksAgain();
    expect(all.logger.of('fields of an object changed').map((line) => line.fields)).toMatchObject([
      { object: 'Lead', added: ['Hobby__c'], removed: [], retyped: [] },
    ]);
    expect(all.counters.read().schemaChanges).toBe(1);
    expect(all.tasks.map(({ inStep }) => inStep)).toEqual([
      [noon, later],
      [noon, later],
    ]);
  });

  it('believe the later describe, whoever has it', async () => {
    await using all = startTasks({ describe: fields('Id'), lastModified: noon });
    const [behind] = all.tasks;
    await behind?.looksAgain();
    const known = {
      fingerprint: 'newer',
      fields: { Id: 'string', Hobby__c: 'string' },
      modifiedAt: '2026-10-01T12:00:05.000Z',
    };
    all.store.known.set('main Lead', known);
    await behind?.looksAgain();
    expect(all.logger.of('fields of an object changed')).toEqual([]);
    expect(all.store.known.get('main Lead')).toBe(known);
  });
});
