import type { Clock } from '../clock.ts';
import { type Random, randomUuid } from '../random.ts';
import type { OrgSettings } from '../settings.ts';
import type { Change } from '../store/database.ts';
import {
  type ChannelDefinition,
  type FieldDefinition,
  findField,
  type ObjectDefinition,
} from '../store/definitions.ts';
import type { WriteContext } from '../store/write-context.ts';
import {
  buildChangeEvents,
  buildGapEvent,
  type ChangeEventData,
  type ChangeEventOptions,
  type Gap,
  type TransactionFacts,
} from './change-events.ts';
import { type ChannelDirectory, pathOf } from './channels.ts';
import { changeEventName } from './entity-names.ts';
import type { PendingEvent } from './pending-event.ts';

interface FeedInput {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: OrgSettings;
  readonly channels: ChannelDirectory;
}

/** Change Data Capture: which change events a commit causes, and on which channels. */
export class ChangeFeed {
  readonly #input: FeedInput;
  #commitNumber: number;

  constructor(input: FeedInput) {
    this.#input = input;
    this.#commitNumber = 10_000_000_000 + Math.floor(input.random() * 1_000_000_000);
  }

  eventsOf(changes: readonly Change[], context: WriteContext): readonly PendingEvent[] {
    const objects = [...new Set(changes.map(({ object }) => object))].filter(({ kind }) => kind === 'object');
    const selected = new Set(objects.filter((object) => this.#input.channels.isSelected(object)));
    if (selected.size === 0) return [];
    const facts = this.#facts(context.userId, context.origin);
    const build = (of: readonly Change[], options: Pick<ChangeEventOptions, 'selected' | 'enriched'>) =>
      buildChangeEvents(of, facts, { ...this.#options(), ...options });
    const plain = build(changes, { selected: (object) => selected.has(object), enriched: () => [] }).flatMap((data) =>
      this.#plainPaths(data).map((path) => pending(path, data)),
    );
    const enriched = this.#channelsOfTheirOwn(selected).flatMap((channel) => {
      const path = pathOf(channel);
      const selectedHere = (object: ObjectDefinition): boolean => memberOf(channel, object) !== undefined;
      const { filters } = this.#input.channels;
      const passing = changes.filter(({ object, after }) => filters.passes(memberOf(channel, object), object, after));
      const events = build(passing, { selected: selectedHere, enriched: (object) => enrichedFields(channel, object) });
      return events.map((data) => pending(path, data));
    });
    return [...plain, ...enriched];
  }

  /** A gap or overflow event as one of the platform's own troubles would cause it; such events name no origin. */
  gap(object: ObjectDefinition, gap: Gap, userId: string): readonly PendingEvent[] {
    const data = buildGapEvent(object, gap, this.#facts(userId, ''));
    const custom = this.#channelsOfTheirOwn([object]).map(pathOf);
    return [...this.#plainPaths(data), ...custom].map((path) => pending(path, data));
  }

  #facts(commitUser: string, changeOrigin: string): TransactionFacts {
    const { clock, random } = this.#input;
    this.#commitNumber += 1 + Math.floor(random() * 50);
    return {
      transactionKey: randomUuid(random),
      commitTimestamp: Math.floor(clock.now() / 1000) * 1000,
      commitNumber: this.#commitNumber,
      commitUser,
      changeOrigin,
    };
  }

  #options() {
    const { settings } = this.#input;
    return {
      merge: settings.mergeChangeEvents,
      unchangedUpdates: settings.changeEventForUnchangedUpdate,
      longTextDiffs: settings.longTextDiffs,
      maxBytes: settings.changeEventBytes,
      overflowAfter: settings.overflowAfterChanges,
    };
  }

  /** The object's own channel, the standard one when the object is selected for it, and custom ones that add and leave out nothing. */
  #plainPaths(data: ChangeEventData): readonly string[] {
    const { channels } = this.#input;
    const { entityName } = data.payload.ChangeEventHeader;
    const entity = changeEventName(entityName);
    const custom = channels.customFor(entity).filter((channel) => !isOwnWay(channel));
    const standard = channels.isOnStandardChannel(entityName) ? ['/data/ChangeEvents'] : [];
    return [`/data/${entity}`, ...standard, ...custom.map(pathOf)];
  }

  #channelsOfTheirOwn(objects: Iterable<ObjectDefinition>): readonly ChannelDefinition[] {
    const { channels } = this.#input;
    const all = [...objects].flatMap((object) => channels.customFor(changeEventName(object.name)));
    return [...new Set(all)].filter(isOwnWay);
  }
}

/** A channel that adds fields or leaves events out has events of its own. */
function isOwnWay({ members }: ChannelDefinition): boolean {
  return members.some((member) => member.enrichedFields.length > 0 || member.filterExpression !== undefined);
}

function memberOf(channel: ChannelDefinition, object: ObjectDefinition) {
  return channel.members.find(({ entity }) => entity === changeEventName(object.name));
}

function enrichedFields(channel: ChannelDefinition, object: ObjectDefinition): readonly FieldDefinition[] {
  const names = memberOf(channel, object)?.enrichedFields ?? [];
  return names.map((name) => findField(object, name)).filter((field) => field !== undefined);
}

function pending(channel: string, data: ChangeEventData): PendingEvent {
  return { channel, build: (replayId) => ({ ...data, event: { replayId } }) };
}
