/** What has to be stopped, in the order it must stop; whatever joins after the stop began is stopped at once. */
export interface StopList {
  add(place: StopPlace, stop: () => Promise<void>): Promise<void>;
  stopAll(): Promise<void>;
}

// Readers before what they read from, and the broker last: a draining program still needs everything below it.
const order = ['poller', 'eventSources', 'observers', 'org', 'aws', 'broker'] as const;
export type StopPlace = (typeof order)[number];

export function createStopList(): StopList {
  const stops = new Map<StopPlace, (() => Promise<void>)[]>();
  let stopping: Promise<void> | undefined;

  async function stopInOrder(): Promise<void> {
    for (const place of order) {
      // One that fails to stop must not keep the others running.
      await Promise.allSettled((stops.get(place) ?? []).map((stop) => stop()));
    }
  }
  return {
    async add(place, stop) {
      if (stopping !== undefined) await stop();
      else stops.set(place, [...(stops.get(place) ?? []), stop]);
    },
    stopAll() {
      stopping ??= stopInOrder();
      return stopping;
    },
  };
}
