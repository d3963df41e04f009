import { describe, expect, it } from 'vitest';
import { createPrepared } from '../../../../functions/poller/prepared-deliveries.ts';

const goesOn = new AbortController().signal;

describe('what is made of events ahead of their turn', () => {
  it('is taken once, for just these events', async () => {
    const prepared = createPrepared(async (events: readonly number[]) => events.map(String));
    const events = [1, 2];
    prepared.prepare(events);
    expect(await prepared.take(events, goesOn)).toEqual(['1', '2']);
    expect(await prepared.take(events, goesOn)).toBeUndefined();
  });

  it('is forgotten when others are published first, because their place in the order is another now', async () => {
    const prepared = createPrepared(async (events: readonly number[]) => events.map(String));
    const events = [1, 2];
    prepared.prepare(events);
    expect(await prepared.take([1, 2], goesOn)).toBeUndefined();
    expect(await prepared.take(events, goesOn)).toBeUndefined();
  });

  it('is nothing when it failed, so that whoever needs it tries again and sees why', async () => {
    const prepared = createPrepared(() => Promise.reject(new Error('no answer')));
    const events = [1];
    prepared.prepare(events);
    expect(await prepared.take(events, goesOn)).toBeUndefined();
  });

  it('is not waited for when the channel is given up', async () => {
    const prepared = createPrepared(() => new Promise(() => undefined));
    const events = [1];
    prepared.prepare(events);
    const stop = new AbortController();
    const taken = prepared.take(events, stop.signal);
    stop.abort(new Error('given up'));
    await expect(taken).rejects.toThrow('given up');
  });
});
