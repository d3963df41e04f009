import { describe, expect, it } from 'vitest';
import { routeSources } from '../../../../functions/poller/routed-source.ts';
import { createDeliveryAllowance } from '../../../../functions/poller/watch-deliveries.ts';
import type { Capture } from '../../../../shared/bridge/bridge.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import { createJumpingClock, createLogBook, source, until } from './in-memory.ts';

const leads: Capture = { kind: 'pushTopic', object: 'Lead', name: 'Leads', create: false };
const products: Capture = { kind: 'changeDataCapture', object: 'Product2' };
const ink: Capture = { kind: 'platformEvent', event: 'Low_Ink__e' };
const of = (Max: number, Remaining: number) => ({ Max, Remaining });

function setUp(captures: readonly Capture[], answers: readonly (object | BridgeError)[]) {
  const clock = createJumpingClock();
  const logger = createLogBook();
  const state = { isReading: true, asked: [] as number[] };
  const sources = [...routeSources(captures.map((capture) => source({ capture }))).values()].flat();
  const allowance = createDeliveryAllowance({
    org: 'main',
    sources,
    rest: {
      async request({ path }) {
        expect(path).toBe('/limits');
        const answer = answers[Math.min(state.asked.length, answers.length - 1)];
        state.asked.push(clock.now());
        if (answer instanceof BridgeError) throw answer;
        return answer;
      },
    },
    isReading: () => state.isReading,
    clock,
    logger,
  });
  const asked = async (count: number) => {
    const stop = new AbortController();
    const watching = allowance.watch(stop.signal);
    await until(() => state.asked.length >= count);
    stop.abort();
    await watching;
  };
  return { allowance, clock, logger, state, asked };
}

describe('the events that an org still delivers', () => {
  it('are those of the allowances that the captures use; the worst counts', async () => {
    const limits = {
      DailyDeliveredPlatformEvents: of(10_000, 4_000),
      DailyStandardVolumePlatformEvents: of(10_000, 9_000),
      DailyDurableStreamingApiEvents: of(1_000, 10),
      DailyApiRequests: of(15_000, 1),
    };
    const changes = setUp([products], [limits]);
    await changes.asked(1);
    expect(changes.allowance.left()).toEqual({ leftPercent: 40, hoursLeft: undefined });
    const all = setUp([products, leads, ink], [limits]);
    await all.asked(1);
    expect(all.allowance.left()?.leftPercent).toBe(1);
  });

  it('last as long as the rate of the last hour lets them', async () => {
    const looks = [1000, 900, 800, 700].map((left) => ({ DailyDeliveredPlatformEvents: of(10_000, left) }));
    const { allowance, state, asked } = setUp([products], looks);
    await asked(4);
    // 100 in a quarter of an hour, so 700 last for 7 of them.
    expect(allowance.left()?.hoursLeft).toBeCloseTo(7 / 4);
    const [first = 0, second = 0] = state.asked;
    expect(second - first).toBeGreaterThanOrEqual(15 * 60_000);
  });

  it('are not asked for by a standby', async () => {
    const { allowance, clock, state } = setUp([products], [{}]);
    state.isReading = false;
    const stop = new AbortController();
    const watching = allowance.watch(stop.signal);
    await until(() => clock.now() > 3_600_000);
    stop.abort();
    await watching;
    expect(state.asked).toEqual([]);
  });

  it('are unknown where the org does not tell, which is said once and stops nothing', async () => {
    const refused = new BridgeError('SKB_ROW_REJECTED', 'Salesforce answered 403 INSUFFICIENT_ACCESS');
    const { allowance, logger, asked } = setUp([products], [refused, refused, { DailyStreamingApiEvents: of(1, 1) }]);
    await asked(3);
    expect(allowance.left()).toBeUndefined();
    expect(logger.of('how many event deliveries are left is not known')).toHaveLength(1);
  });
});
