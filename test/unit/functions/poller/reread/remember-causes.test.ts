import { describe, expect, it } from 'vitest';
import { createCounters } from '../../../../../functions/poller/counters.ts';
import { createCauseMemory } from '../../../../../functions/poller/reread/remember-causes.ts';
import { routeSources } from '../../../../../functions/poller/routed-source.ts';
import { capturedObjects } from '../../../../../shared/bridge/captured-objects.ts';
import type { KnownObject } from '../../../../../shared/state/object-store.ts';
import {
  createJumpingClock,
  createLogBook,
  createMemoryObjects,
  createMemoryRereads,
  productChannel,
  source,
  startOfTime,
} from '../in-memory.ts';

const key = { org: 'main', channel: productChannel };
const at = new Date(startOfTime);

function start(given = [source()]) {
  const rereads = createMemoryRereads();
  const objects = createMemoryObjects();
  let woken = 0;
  const memory = createCauseMemory({
    key,
    sources: [...routeSources(given).values()].flat(),
    rereads,
    objects,
    objectsOf: ({ capture }) => capturedObjects(capture) ?? [],
    wake: () => {
      woken += 1;
    },
    clock: createJumpingClock(),
    random: () => 0,
    counters: createCounters(),
    logger: createLogBook(),
  });
  return { memory, objects, rereads: () => [...rereads.kept.values()], woken: () => woken };
}

describe('a lost position', () => {
  const loss = { replayId: '3', policy: 'earliest', deliveredUntil: at, at } as const;

  it('is remembered for each source and object, and once however often it is told', async () => {
    const { memory, rereads, woken } = start([source(), source({ name: 'copy', topic: 'copies' })]);
    await memory.loss(loss);
    await memory.loss(loss);
    expect(rereads().map(({ source, object }) => [source, object])).toEqual([
      ['products', 'Product2'],
      ['copy', 'Product2'],
    ]);
    expect(woken()).toBe(2);
  });

  it('of a channel that names no objects is remembered all the same', async () => {
    const { memory, rereads } = start([
      source({ capture: { kind: 'changeDataCaptureChannel', channel: 'ChangeEvents' } }),
    ]);
    await memory.loss(loss);
    expect(rereads()).toMatchObject([{ object: '', hole: { replayId: '3', policy: 'earliest' } }]);
  });
});

describe('a PushTopic that told of nothing', () => {
  const known: KnownObject = { fields: {}, fingerprint: 'f', modifiedAt: '2026-01-01T00:00:00.000Z' };

  it.each([
    ['the last change of the fields that was seen', Date.parse('2025-12-31T00:00:00Z'), '2026-01-01T00:00:00.000Z'],
    ['what arrived later', Date.parse('2026-01-02T00:00:00Z'), '2026-01-02T00:00:00.000Z'],
  ])('is missing since %s', async (_since, committedUntil, from) => {
    const { memory, objects, rereads } = start();
    objects.known.set('main Product2', known);
    await memory.blindness(source(), committedUntil);
    expect(rereads()).toMatchObject([{ reason: 'drift', hole: { from } }]);
  });

  it('is missing nothing that anybody knew of, where the object is new', async () => {
    const { memory, rereads } = start();
    await memory.blindness(source(), startOfTime);
    expect(rereads()).toEqual([]);
  });
});

it('a snapshot is remembered for sources that want one only', async () => {
  const { memory, rereads } = start([source(), source({ name: 'full', topic: 'full', snapshot: true })]);
  await memory.snapshots(new AbortController().signal);
  expect(rereads()).toMatchObject([{ reason: 'snapshot', source: 'full', object: 'Product2' }]);
});
