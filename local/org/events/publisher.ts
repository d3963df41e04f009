import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import type { OrgSettings } from '../settings.ts';
import type { Change, Database } from '../store/database.ts';
import type { ObjectDefinition } from '../store/definitions.ts';
import type { WriteContext } from '../store/write-context.ts';
import type { Gap } from './change-events.ts';
import { ChangeFeed } from './change-feed.ts';
import { ChannelDirectory } from './channels.ts';
import { EventLog, type EventLogState, type LoggedEvent } from './event-log.ts';
import type { PendingEvent } from './pending-event.ts';
import { platformEventsOf } from './platform-events.ts';
import { topicEventsOf } from './topic-events.ts';

export type EventListener = (channel: string, event: LoggedEvent) => void;

interface PublisherInput {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: OrgSettings;
}

/**
 * Turns what happened into events. Which events a change causes is decided at commit; they reach the log and the
 * subscribers `publishDelayMs` later, in commit order and never before the caller's answer.
 */
export class EventPublisher {
  readonly channels: ChannelDirectory;
  readonly #input: PublisherInput;
  readonly #feed: ChangeFeed;
  readonly #logs = new Map<string, EventLog>();
  readonly #listeners: EventListener[] = [];
  readonly #waiting: (readonly PendingEvent[])[] = [];

  constructor(input: PublisherInput) {
    this.#input = input;
    this.channels = new ChannelDirectory(input.database);
    this.#feed = new ChangeFeed({ ...input, channels: this.channels });
  }

  onEvent(listener: EventListener): void {
    this.#listeners.push(listener);
  }

  log(channel: string): EventLog {
    const known = this.#logs.get(channel);
    if (known !== undefined) return known;
    const { clock, random, settings } = this.#input;
    const isShort = channel.startsWith('/topic/') || channel.startsWith('/u/');
    const log = new EventLog(clock, random, isShort ? settings.topicRetentionMs : settings.changeEventRetentionMs);
    this.#logs.set(channel, log);
    return log;
  }

  /** The retained events by channel; what waits to be published is published first. */
  saveLogs(): Readonly<Record<string, EventLogState>> {
    for (const pending of this.#waiting.splice(0).flat()) this.#publish(pending);
    return Object.fromEntries([...this.#logs].map(([channel, log]) => [channel, log.state]));
  }

  resumeLogs(saved: Readonly<Record<string, EventLogState>>): void {
    for (const [channel, state] of Object.entries(saved)) this.log(channel).resume(state);
  }

  publishCommit(changes: readonly Change[], context: WriteContext): void {
    const { clock, settings } = this.#input;
    const topicOptions = { now: clock.now(), onDelete: settings.pushTopicDelete };
    this.#enqueue([
      ...this.#feed.eventsOf(changes, context),
      ...topicEventsOf(changes, this.channels.topics, topicOptions),
      ...platformEventsOf(changes, this.channels),
    ]);
  }

  /** A generic event, for everybody or for some users only. */
  push(channel: string, payload: string, userIds: readonly string[]): void {
    const createdDate = new Date(this.#input.clock.now()).toISOString();
    const build = (replayId: number) => ({ event: { createdDate, replayId }, payload });
    this.#enqueue([{ channel, build, ...(userIds.length === 0 ? {} : { onlyFor: new Set(userIds) }) }]);
  }

  publishGap(object: ObjectDefinition, gap: Gap, userId: string): void {
    this.#enqueue(this.#feed.gap(object, gap, userId));
  }

  #enqueue(events: readonly PendingEvent[]): void {
    const { clock, settings } = this.#input;
    if (events.length === 0) return;
    // One timer per commit, but each publishes the oldest waiting commit: timers of one due time may fire in any order.
    this.#waiting.push(events);
    clock.after(settings.publishDelayMs, () => {
      for (const pending of this.#waiting.shift() ?? []) this.#publish(pending);
    });
  }

  #publish({ channel, build, onlyFor }: PendingEvent): void {
    const event = this.log(channel).append(build, onlyFor);
    for (const listener of this.#listeners) listener(channel, event);
  }
}
