import { describe, expect, it } from 'vitest';
import { createClock } from '../../../../../local/org/clock.ts';
import { EventLog } from '../../../../../local/org/events/event-log.ts';
import { createRandom } from '../../../../../local/org/random.ts';

function filledLog(count: number) {
  const clock = createClock({ manual: true, startAt: 0 });
  const log = new EventLog(clock, createRandom(1), 1000);
  const ids = Array.from({ length: count }, () => {
    clock.advance(10);
    return log.append((replayId) => replayId).replayId;
  });
  return { clock, log, ids };
}

const idsOf = (start: ReturnType<EventLog['replay']>) =>
  'invalid' in start ? 'invalid' : start.events.map((event) => event.replayId);

describe('event log', () => {
  it('numbers events upwards with gaps', () => {
    const { ids } = filledLog(50);
    expect([...ids].sort((a, b) => a - b)).toEqual(ids);
    expect((ids.at(-1) ?? 0) - (ids[0] ?? 0)).toBeGreaterThan(49);
  });

  it('replays nothing, everything, or what follows an ID', () => {
    const { log, ids } = filledLog(5);
    expect(idsOf(log.replay(-1))).toEqual([]);
    expect(idsOf(log.replay(-2))).toEqual(ids);
    for (const [index, id] of ids.entries()) expect(idsOf(log.replay(id))).toEqual(ids.slice(index + 1));
  });

  it('refuses IDs above the newest, before the first, and expired ones', () => {
    const { clock, log, ids } = filledLog(3);
    const [first = 0, second = 0, third = 0] = ids;
    for (const id of [third + 1, 0, -3, 1.5, Number.NaN]) expect(idsOf(log.replay(id))).toBe('invalid');
    clock.advance(990);
    expect(idsOf(log.replay(-2))).toEqual([third]);
    expect(idsOf(log.replay(first))).toBe('invalid');
    expect(idsOf(log.replay(second))).toBe('invalid');
    clock.advance(100);
    expect(idsOf(log.replay(third))).toBe('invalid');
    expect(idsOf(log.replay(-2))).toEqual([]);
  });
});
