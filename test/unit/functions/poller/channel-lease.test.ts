import { describe, expect, it } from 'vitest';
import { takeLease } from '../../../../functions/poller/channel-lease.ts';
import { createCounters } from '../../../../functions/poller/counters.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import type { ReplayId } from '../../../../shared/state/channel-store.ts';
import { createLogBook, createMemoryChannels } from './in-memory.ts';

const key = { org: 'main', channel: '/data/Product2ChangeEvent' };

/** A lease on a channel, whose table loses answers on demand: it took what was written, and nobody hears of it. */
async function hold() {
  const channels = createMemoryChannels();
  const lose = { answers: 0, repeats: false };
  const parts = {
    owner: 'task',
    leaseMs: 10_000,
    // Time stands still, so that nothing is renewed but on demand.
    clock: {
      now: () => 0,
      date: () => new Date(0),
      wait: (_ms: number, signal: AbortSignal) =>
        new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
    },
    random: () => 0,
    counters: createCounters(),
    logger: createLogBook(),
    channels: {
      ...channels,
      async write(...input: Parameters<typeof channels.write>) {
        const answer = await channels.write(...input);
        if (lose.answers === 0) return answer;
        lose.answers -= 1;
        // As a client does that tries again by itself.
        if (lose.repeats) return await channels.write(...input);
        throw new BridgeError('SKB_CHECKPOINT_FAILED', 'the answer was lost');
      },
    },
  };
  const lease = await takeLease(key, parts, new AbortController().signal);
  const replayId = '7' as ReplayId;
  lease.keep(() => ({ replayId }));
  const stored = () => channels.positions.get(`${key.org} ${key.channel}`);
  return { lease, lose, stored, counters: parts.counters, channels };
}

describe('a lease whose table loses an answer', () => {
  it('of a renewal is released with its last position all the same', async () => {
    const { lease, lose, stored, counters } = await hold();
    lose.answers = 1;
    await expect(lease.commit()).rejects.toMatchObject({ code: 'SKB_CHECKPOINT_FAILED' });
    lease.keep(() => ({ replayId: '9' as ReplayId }));
    await lease.release();
    expect(stored()).toMatchObject({ replayId: '9', fence: 1 });
    expect(stored()).not.toHaveProperty('owner');
    expect(counters.read()).toMatchObject({ leasesReleased: 1, leasesLost: 0 });
  });

  it('of its release, which is refused when it is repeated, is released and not lost', async () => {
    const { lease, lose, stored, counters } = await hold();
    Object.assign(lose, { answers: 1, repeats: true });
    await lease.release();
    expect(stored()).toMatchObject({ replayId: '7' });
    expect(stored()).not.toHaveProperty('owner');
    expect(counters.read()).toMatchObject({ leasesReleased: 1, leasesLost: 0 });
  });

  it('of a renewal goes on, when it is refused as it is repeated', async () => {
    const { lease, lose, stored, counters } = await hold();
    Object.assign(lose, { answers: 1, repeats: true });
    await lease.commit();
    await lease.commit();
    expect(stored()).toMatchObject({ replayId: '7', owner: 'task' });
    expect(counters.read().leasesLost).toBe(0);
    await lease.release();
  });
});

it('a lease that another task took is lost, not released', async () => {
  const { lease, stored, counters, channels } = await hold();
  const taken = { owner: 'other', fence: 2, version: 9 };
  channels.positions.set(`${key.org} ${key.channel}`, taken);
  await expect(lease.release()).rejects.toMatchObject({ code: 'SKB_LEASE_LOST' });
  expect(lease.lost.aborted).toBe(true);
  expect(stored()).toEqual(taken);
  expect(counters.read()).toMatchObject({ leasesReleased: 0, leasesLost: 1 });
});
