import { describe, expect, it } from 'vitest';
import { isBeforeStart, mergeSettings, type ReplayLoss, startFrom } from '../../../../functions/poller/replay-start.ts';
import type { ReplayId } from '../../../../shared/state/channel-store.ts';

const openedAt = '2026-01-01T00:00:00.000Z';
const opened = new Date(openedAt);
const replayId = '42' as ReplayId;
const rescan = { from: 'earliest', notBefore: opened, notBeforeFor: 'latestSources' };

describe('where a subscription starts', () => {
  it.each([
    ['a position that is known', { openedAt, replayId }, false, 'latest', { from: '42' }],
    ['a channel never opened, from latest', { openedAt }, true, 'latest', { from: 'latest' }],
    ['a channel never opened, from earliest', { openedAt }, true, 'earliest', rescan],
    ['a channel opened before without an event, from latest', { openedAt }, false, 'latest', rescan],
    ['a channel opened before without an event, from earliest', { openedAt }, false, 'earliest', rescan],
  ] as const)('%s', (_, position, firstOpening, initialStart, start) => {
    expect(startFrom(position, firstOpening, initialStart)).toEqual(start);
  });

  const loss: ReplayLoss = { replayId, policy: 'latest', at: new Date('2026-02-01'), resumed: false };

  it('a lost position, by the policy that was decided then', () => {
    const start = (change: Partial<ReplayLoss>) =>
      startFrom({ openedAt, replayId }, false, 'latest', { ...loss, ...change });
    expect(start({ policy: 'earliest' })).toEqual({ from: 'earliest' });
    expect(start({ policy: 'latest' })).toEqual({ from: 'latest' });
    // New events since then are owed, although none moved the position yet.
    expect(start({ resumed: true })).toEqual({ from: 'earliest', notBefore: loss.at, notBeforeFor: 'everySource' });
  });

  it('a position that moved on after the loss', () => {
    expect(startFrom({ openedAt, replayId: '43' as ReplayId }, false, 'latest', loss)).toEqual({ from: '43' });
  });
});

describe('an event before the start', () => {
  const latest = { initialStart: 'latest', onReplayLost: 'earliest' } as const;
  const earliest = { initialStart: 'earliest', onReplayLost: 'earliest' } as const;
  const start = startFrom({ openedAt }, false, 'latest');

  it.each([
    ['an hour before, for a source from latest', latest, -3_600_000, true],
    ['an hour before, for a source from earliest', earliest, -3_600_000, false],
    ['a second before, which may be two clocks', latest, -1_000, false],
    ['after', latest, 1, false],
  ])('%s', (_, source, offset, before) => {
    expect(isBeforeStart(start, source, opened.getTime() + offset)).toBe(before);
  });

  it('does not exist behind a position or on a live channel, whatever the clocks say', () => {
    expect(isBeforeStart({ from: replayId }, latest, 0)).toBe(false);
    expect(isBeforeStart({ from: 'latest' }, latest, 0)).toBe(false);
  });
});

describe('sources that share a channel', () => {
  it.each([
    [['latest', 'earliest'], ['latest', 'earliest'], 'earliest', 'earliest'],
    [['latest', 'latest'], ['earliest', 'halt'], 'latest', 'halt'],
    [['latest', 'latest'], ['latest', 'latest'], 'latest', 'latest'],
  ] as const)(
    'starting at %j, after a loss %j: the setting that loses less wins',
    (starts, policies, initialStart, onReplayLost) => {
      const sources = starts.map((each, at) => ({ initialStart: each, onReplayLost: policies[at] ?? 'halt' }));
      expect(mergeSettings(sources)).toEqual({ initialStart, onReplayLost });
    },
  );
});
