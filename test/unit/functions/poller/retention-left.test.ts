import { describe, expect, it } from 'vitest';
import { createDeliveryWindow } from '../../../../functions/poller/delivery-window.ts';
import { retentionLeft } from '../../../../functions/poller/retention-left.ts';
import { routeSources } from '../../../../functions/poller/routed-source.ts';
import type { Capture } from '../../../../shared/bridge/bridge.ts';
import { source } from './in-memory.ts';

const now = new Date('2026-03-02T00:00:00Z');
const hours = (count: number) => count * 3_600_000;
const leads: Capture = { kind: 'pushTopic', object: 'Lead', name: 'Leads', create: false };
const products: Capture = { kind: 'changeDataCapture', object: 'Product2' };

function channel(capture: Capture, coveredUntil: string | undefined) {
  const [sources = []] = routeSources([source({ capture })]).values();
  const window = createDeliveryWindow(coveredUntil === undefined ? {} : { coveredUntil });
  return { sources, hold: { window } };
}

describe('what is left of the retention', () => {
  it('is all of it for a channel that is up to date, also when clocks differ', () => {
    expect(retentionLeft([channel(leads, '2026-03-02T00:00:03Z')], now)).toBe(hours(24));
    expect(retentionLeft([channel(products, now.toISOString())], now)).toBe(hours(72));
  });

  it('is that of the channel that waits longest, measured by how long Salesforce keeps its events', () => {
    const waiting = [channel(products, '2026-03-01T00:00:00Z'), channel(leads, '2026-03-01T06:00:00Z')];
    expect(retentionLeft(waiting, now)).toBe(hours(6));
    expect(retentionLeft([channel(leads, '2026-02-27T00:00:00Z')], now)).toBe(0);
  });

  it('is unknown of channels that others read, or that were never covered', () => {
    const { sources } = channel(leads, undefined);
    expect(retentionLeft([{ sources, hold: undefined }, channel(leads, undefined)], now)).toBeUndefined();
  });
});
