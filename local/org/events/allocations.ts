import type { Clock } from '../clock.ts';
import { RollingCount } from '../rolling-count.ts';
import type { OrgSettings } from '../settings.ts';
import type { Channel } from './channels.ts';

/** What one allocation counts together: PushTopics, generic events, and platform events with change events. */
export type AllocationKind = 'topic' | 'generic' | 'platform';

const day = 86_400_000;

export function allocationOf(kind: Channel['kind']): AllocationKind {
  return kind === 'topic' || kind === 'generic' ? kind : 'platform';
}

/** Events delivered in the last 24 hours, each subscriber counted (Streaming API guide, "Streaming API Limits"). */
export class Allocations {
  readonly #settings: OrgSettings;
  readonly #delivered: Readonly<Record<AllocationKind, RollingCount>>;

  constructor(clock: Clock, settings: OrgSettings) {
    this.#settings = settings;
    const count = () => new RollingCount(clock, day);
    this.#delivered = { topic: count(), generic: count(), platform: count() };
  }

  count(kind: AllocationKind, events: number): void {
    this.#delivered[kind].add(events);
  }

  used(kind: AllocationKind): number {
    return this.#delivered[kind].total;
  }

  max(kind: AllocationKind): number {
    const { dailyTopicEvents, dailyGenericEvents, dailyPlatformEvents } = this.#settings;
    return { topic: dailyTopicEvents, generic: dailyGenericEvents, platform: dailyPlatformEvents }[kind];
  }

  isSpent(kind: AllocationKind): boolean {
    return this.used(kind) >= this.max(kind);
  }
}
