import type { Clock } from '../clock.ts';
import type { OrgSettings } from '../settings.ts';
import type { Channel } from './channels.ts';

/** What one allocation counts together: PushTopics, generic events, and platform events with change events. */
export type AllocationKind = 'topic' | 'generic' | 'platform';

const hour = 3_600_000;

export function allocationOf(kind: Channel['kind']): AllocationKind {
  return kind === 'topic' || kind === 'generic' ? kind : 'platform';
}

/** Events delivered in the last 24 hours, each subscriber counted (Streaming API guide, "Streaming API Limits"). */
export class Allocations {
  readonly #clock: Clock;
  readonly #settings: OrgSettings;
  readonly #hours: Readonly<Record<AllocationKind, Map<number, number>>> = {
    topic: new Map(),
    generic: new Map(),
    platform: new Map(),
  };

  constructor(clock: Clock, settings: OrgSettings) {
    this.#clock = clock;
    this.#settings = settings;
  }

  count(kind: AllocationKind, events: number): void {
    const slot = Math.floor(this.#clock.now() / hour);
    const hours = this.#hours[kind];
    hours.set(slot, (hours.get(slot) ?? 0) + events);
  }

  used(kind: AllocationKind): number {
    const oldest = Math.floor(this.#clock.now() / hour) - 23;
    let total = 0;
    for (const [slot, events] of this.#hours[kind]) {
      if (slot < oldest) this.#hours[kind].delete(slot);
      else total += events;
    }
    return total;
  }

  max(kind: AllocationKind): number {
    const { dailyTopicEvents, dailyGenericEvents, dailyPlatformEvents } = this.#settings;
    return { topic: dailyTopicEvents, generic: dailyGenericEvents, platform: dailyPlatformEvents }[kind];
  }

  isSpent(kind: AllocationKind): boolean {
    return this.used(kind) >= this.max(kind);
  }
}
