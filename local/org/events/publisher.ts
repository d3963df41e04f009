import type { Clock } from '../clock.ts';
import { type Random, randomUuid } from '../random.ts';
import type { OrgSettings } from '../settings.ts';
import type { Change, Database } from '../store/database.ts';
import type { WriteContext } from '../store/transaction.ts';
import { buildChangeEvents, type TransactionFacts } from './change-events.ts';
import { EventLog, type LoggedEvent } from './event-log.ts';
import { PushTopicRegistry, topicMatches, topicPayload } from './push-topics.ts';

export type EventListener = (channel: string, event: LoggedEvent) => void;

interface PublisherInput {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: OrgSettings;
}

/**
 * Turns committed changes into events. Which events a change causes is decided at commit; they reach the log and the
 * subscribers `publishDelayMs` later, in commit order and never before the caller's answer.
 */
export class EventPublisher {
  readonly topics: PushTopicRegistry;
  readonly #input: PublisherInput;
  readonly #logs = new Map<string, EventLog>();
  readonly #listeners: EventListener[] = [];
  readonly #waiting: (readonly (() => void)[])[] = [];
  #commitNumber: number;

  constructor(input: PublisherInput) {
    this.#input = input;
    this.topics = new PushTopicRegistry(input.database);
    this.#commitNumber = 10_000_000_000 + Math.floor(input.random() * 1_000_000_000);
  }

  onEvent(listener: EventListener): void {
    this.#listeners.push(listener);
  }

  /** Whether a channel can be subscribed to. Names of change event channels are case-sensitive. */
  channelExists(channel: string): boolean {
    if (channel === '/data/ChangeEvents') return true;
    if (channel.startsWith('/topic/')) return this.topics.find(channel.slice('/topic/'.length))?.active === true;
    const object = this.#input.database.schema.objects.find(({ name }) => channel === changeChannel(name));
    return object?.changeEvents === true;
  }

  log(channel: string): EventLog {
    const known = this.#logs.get(channel);
    if (known !== undefined) return known;
    const { clock, random, settings } = this.#input;
    const retention = channel.startsWith('/topic/') ? settings.topicRetentionMs : settings.changeEventRetentionMs;
    const log = new EventLog(clock, random, retention);
    this.#logs.set(channel, log);
    return log;
  }

  publishCommit(changes: readonly Change[], context: WriteContext): void {
    const { clock, settings } = this.#input;
    const events = [...this.#changeEvents(changes, context), ...this.#topicEvents(changes)];
    if (events.length === 0) return;
    // One timer per commit, but each publishes the oldest waiting commit: timers of one due time may fire in any order.
    this.#waiting.push(events);
    clock.after(settings.publishDelayMs, () => {
      for (const publish of this.#waiting.shift() ?? []) publish();
    });
  }

  #changeEvents(changes: readonly Change[], context: WriteContext): readonly (() => void)[] {
    const { clock, random, settings } = this.#input;
    this.#commitNumber += 1 + Math.floor(random() * 50);
    const facts: TransactionFacts = {
      transactionKey: randomUuid(random),
      commitTimestamp: Math.floor(clock.now() / 1000) * 1000,
      commitNumber: this.#commitNumber,
      commitUser: context.userId,
      changeOrigin: context.origin,
    };
    const options = { merge: settings.mergeChangeEvents, unchangedUpdates: settings.changeEventForUnchangedUpdate };
    return buildChangeEvents(changes, facts, options).map((data) => () => {
      const { entityName } = data.payload.ChangeEventHeader;
      for (const channel of [changeChannel(entityName), '/data/ChangeEvents']) {
        this.#append(channel, (replayId) => ({ ...data, event: { replayId } }));
      }
    });
  }

  #topicEvents(changes: readonly Change[]): readonly (() => void)[] {
    const topics = this.topics.all().filter((topic) => topic.active);
    const { clock, settings } = this.#input;
    if (topics.length === 0) return [];
    const createdDate = new Date(clock.now()).toISOString();
    return changes.flatMap((change) =>
      topics
        .filter((topic) => topicMatches(topic, change))
        .map((topic) => () => {
          const sobject = topicPayload(topic, change, settings.pushTopicDelete);
          this.#append(`/topic/${topic.name}`, (replayId) => ({
            event: { createdDate, replayId, type: change.kind },
            sobject,
          }));
        }),
    );
  }

  #append(channel: string, build: (replayId: number) => unknown): void {
    const event = this.log(channel).append(build);
    for (const listener of this.#listeners) listener(channel, event);
  }
}

function changeChannel(objectName: string): string {
  return objectName.endsWith('__c') ? `/data/${objectName.slice(0, -1)}ChangeEvent` : `/data/${objectName}ChangeEvent`;
}
