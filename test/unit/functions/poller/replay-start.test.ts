import { describe, expect, it } from 'vitest';
import {
  isBeforeStart,
  isCovered,
  mergeSettings,
  openAt,
  positionAfterLoss,
  retentionMs,
  startCovered,
  startFrom,
} from '../../../../functions/poller/replay-start.ts';
import type { ReplayId } from '../../../../shared/state/channel-store.ts';

const openedAt = '2026-01-01T00:00:00.000Z';
const coveredUntil = '2026-01-05T00:00:00.000Z';
const replayId = '42' as ReplayId;
const latest = { initialStart: 'latest', onReplayLost: 'earliest' } as const;
const earliest = { initialStart: 'earliest', onReplayLost: 'earliest' } as const;
const session = { orgId: '00D000000000001AAA', now: new Date('2026-02-01T00:00:00.000Z') };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('where a subscription starts', () => {
  it('behind the last event, when there was one', () => {
    expect(startFrom({ openedAt, coveredUntil, replayId })).toEqual({ from: '42' });
  });

  it('with everything retained, when the channel was opened but never had an event', () => {
    expect(startFrom({ openedAt, coveredUntil })).toEqual({
      from: 'earliest',
      notBefore: new Date(Date.parse(coveredUntil) - 10 * MINUTE),
      notBeforeForLatest: new Date(Date.parse(openedAt) - 30_000),
    });
  });

  it('is remembered when a channel is first opened: all before is covered, unless a source wants it', () => {
    const now = session.now.toISOString();
    expect(openAt({}, latest, session)).toEqual({ orgId: session.orgId, openedAt: now, coveredUntil: now });
    expect(openAt({}, earliest, session)).toEqual({ orgId: session.orgId, openedAt: now });
  });
});

describe('a refused replay ID', () => {
  const hoursLater = (hours: number) => new Date(Date.parse(coveredUntil) + hours * HOUR);

  it.each([
    ['a quiet channel that was healthy an hour ago', { coveredUntil }, hoursLater(1), 'changeDataCapture', true],
    ['one that was healthy within retention', { coveredUntil }, hoursLater(71), 'changeDataCapture', true],
    [
      'one that was healthy too long ago, by the overlap',
      { coveredUntil },
      hoursLater(71.9),
      'changeDataCapture',
      false,
    ],
    ['a PushTopic, kept for a day only', { coveredUntil }, hoursLater(25), 'pushTopic', false],
    [
      'a platform event, which may be of the kind that is kept for a day',
      { coveredUntil },
      hoursLater(25),
      'platformEvent',
      false,
    ],
    ['a channel of which nothing is known', {}, hoursLater(0), 'changeDataCapture', false],
  ] as const)('of %s', (_, position, now, captured, covered) => {
    expect(isCovered(position, retentionMs(captured), now)).toBe(covered);
  });

  it('after which everything retained is owed stays so over a restart', () => {
    const position = positionAfterLoss({ openedAt, coveredUntil, replayId }, 'earliest', session);
    expect(position).not.toHaveProperty('replayId');
    expect(isBeforeStart(startFrom(position), latest, Date.parse('2020-01-01'))).toBe(false);
  });

  it('after which only new events are owed loses none of those over a restart', () => {
    const start = startFrom(positionAfterLoss({ openedAt, coveredUntil, replayId }, 'latest', session));
    expect(start.from).toBe('earliest');
    expect(isBeforeStart(start, earliest, session.now.getTime() + 1)).toBe(false);
    expect(isBeforeStart(start, earliest, session.now.getTime() - HOUR)).toBe(true);
  });
});

describe('an event before the start', () => {
  const opened = startCovered({ openedAt });

  it.each([
    ['an hour before, for a source from latest', latest, -HOUR, true],
    ['an hour before, for a source from earliest', earliest, -HOUR, false],
    ['a second before, since times are whole seconds', latest, -1_000, false],
    ['after', latest, 1, false],
  ])('%s', (_, source, offset, before) => {
    expect(isBeforeStart(opened, source, Date.parse(openedAt) + offset)).toBe(before);
  });

  it('of what was covered is dropped for every source', () => {
    expect(isBeforeStart(startCovered({ coveredUntil }), earliest, Date.parse(coveredUntil) - HOUR)).toBe(true);
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
