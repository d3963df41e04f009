import { unlessAborted } from './clock.ts';

/** Something made of events ahead of its turn. */
export interface Prepared<Event, Made> {
  prepare(events: readonly Event[]): void;
  /**
   * What was made of just these events; undefined when nothing was or when it failed, so that it has to be made now. What
   * was made of others is forgotten.
   *
   * @throws the signal's reason when it was aborted meanwhile.
   */
  take(events: readonly Event[], signal: AbortSignal): Promise<Made | undefined>;
}

export function createPrepared<Event, Made>(make: (events: readonly Event[]) => Promise<Made>): Prepared<Event, Made> {
  let prepared: { readonly events: readonly Event[]; readonly made: Promise<Made | undefined> } | undefined;
  return {
    prepare(events) {
      prepared = { events, made: make(events).catch(() => undefined) };
    },
    async take(events, signal) {
      const taken = prepared;
      prepared = undefined;
      return taken?.events === events ? await unlessAborted(taken.made, signal) : undefined;
    },
  };
}
