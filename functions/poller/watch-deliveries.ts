import { asBridgeError } from '../../shared/errors/bridge-error.ts';
import { isJsonObject } from '../../shared/salesforce/exact-json.ts';
import type { RestClient } from '../../shared/salesforce/rest-client.ts';
import { createUsageForecast, type Usage, type UsageForecast } from '../../shared/salesforce/usage-forecast.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import { type Clock, unlessAborted } from './clock.ts';
import type { RoutedSource } from './routed-source.ts';

/** What is left of the events that an org delivers in 24 hours; of several allowances the worst. */
export interface DeliveriesLeft {
  readonly leftPercent: number;
  /** Until one is used up, at the rate of the last hour; undefined while none is. */
  readonly hoursLeft: number | undefined;
}

export interface DeliveryAllowance {
  /** Asks the org now and then, as long as this task reads one of its channels; never fails but for a bug. */
  watch(signal: AbortSignal): Promise<void>;
  /** Undefined until the org has said it. */
  left(): DeliveriesLeft | undefined;
}

interface DeliveryAllowanceParts {
  readonly org: string;
  readonly sources: readonly RoutedSource[];
  readonly rest: Pick<RestClient, 'request'>;
  /** False for a standby, which asks nobody. */
  readonly isReading: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Salesforce's own figures are some minutes old, and each look is an API call of the org. */
const LOOK_EVERY_MS = 15 * 60_000;
/** How soon a task looks that was just given a channel. */
const FIRST_LOOK_MS = 60_000;

// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_limits.htm: every subscriber's events
// count; change events and platform events share one allowance.
const allowances: Readonly<Record<RoutedSource['captured']['capturedThrough'], readonly string[]>> = {
  changeDataCapture: ['DailyDeliveredPlatformEvents'],
  platformEvent: ['DailyDeliveredPlatformEvents', 'DailyStandardVolumePlatformEvents'],
  pushTopic: ['DailyDurableStreamingApiEvents', 'DailyStreamingApiEvents'],
  generic: ['DailyDurableGenericStreamingApiEvents', 'DailyGenericStreamingApiEvents'],
};

export function createDeliveryAllowance(parts: DeliveryAllowanceParts): DeliveryAllowance {
  const { org, sources, rest, isReading, clock, logger } = parts;
  const names = [...new Set(sources.flatMap(({ captured }) => allowances[captured.capturedThrough]))];
  const forecasts = new Map<string, UsageForecast>();
  let isSilent = false;

  async function look(): Promise<void> {
    const limits = await rest.request({ method: 'GET', path: '/limits' });
    for (const name of names) {
      const usage = usageOf(limits, name);
      if (usage === undefined) continue;
      const forecast = forecasts.get(name) ?? createUsageForecast(() => clock.date().getTime());
      forecast.observe(usage);
      forecasts.set(name, forecast);
    }
    isSilent = false;
  }

  return {
    async watch(signal) {
      await clock.wait(FIRST_LOOK_MS, signal);
      while (!signal.aborted) {
        try {
          if (isReading()) await unlessAborted(look(), signal);
        } catch (cause) {
          if (signal.aborted) return;
          const error = asBridgeError(cause);
          if (error.code === 'SKB_BUG') throw error;
          // Its user may lack the right "View Setup and Configuration"; everything else goes on without it.
          if (!isSilent) logger.info('how many event deliveries are left is not known', { org, ...errorFields(error) });
          isSilent = true;
        }
        await clock.wait(LOOK_EVERY_MS, signal);
      }
    },
    left() {
      const known = [...forecasts.values()];
      if (known.length === 0) return undefined;
      const hours = known.flatMap((each) => each.hoursUntil(each.latest?.max ?? 0) ?? []);
      return {
        leftPercent: Math.min(...known.flatMap(({ leftPercent }) => leftPercent ?? [])),
        hoursLeft: hours.length === 0 ? undefined : Math.min(...hours),
      };
    },
  };
}

function usageOf(limits: unknown, name: string): Usage | undefined {
  const entry = isJsonObject(limits) ? limits[name] : undefined;
  if (!isJsonObject(entry)) return undefined;
  const { Max: max, Remaining: remaining } = entry;
  return typeof max === 'number' && typeof remaining === 'number' && max > 0
    ? { used: max - remaining, max }
    : undefined;
}
