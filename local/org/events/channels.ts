import type { Database } from '../store/database.ts';
import type { ChannelDefinition, ObjectDefinition } from '../store/definitions.ts';
import { ChannelFilters } from './channel-filters.ts';
import { changeEventName, objectOfChangeEvent, platformEventNamed } from './entity-names.ts';
import { GenericChannels } from './generic-channels.ts';
import { type PushTopic, PushTopicRegistry } from './push-topics.ts';

/** A channel that can be subscribed to. */
export type Channel =
  | { readonly kind: 'topic'; readonly name: string; readonly topic: PushTopic }
  | { readonly kind: 'generic'; readonly name: string }
  | { readonly kind: 'event'; readonly name: string }
  /** `object` for the channel of one object; others show each user what this user may see. */
  | { readonly kind: 'change'; readonly name: string; readonly object: ObjectDefinition | undefined };

/** Every channel of the org by name, and which channels an event goes to. Reads the schema anew each time: it can change. */
export class ChannelDirectory {
  readonly topics: PushTopicRegistry;
  readonly generic: GenericChannels;
  readonly filters: ChannelFilters;
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    this.filters = new ChannelFilters(database);
    this.topics = new PushTopicRegistry(database);
    this.generic = new GenericChannels(database);
  }

  /** Names of channels are case-sensitive. */
  find(name: string): Channel | undefined {
    const [, root = '', rest = ''] = /^\/(\w+)\/(.+)$/.exec(name) ?? [];
    switch (root) {
      case 'topic': {
        const topic = this.topics.find(rest);
        return topic?.active === true ? { kind: 'topic', name, topic } : undefined;
      }
      case 'u':
        return this.generic.find(name)?.['Name'] === name ? { kind: 'generic', name } : undefined;
      case 'event': {
        const isEvent = platformEventNamed(rest, this.#database.schema) !== undefined;
        return isEvent || this.#custom(rest)?.kind === 'event' ? { kind: 'event', name } : undefined;
      }
      case 'data':
        return this.#changeChannel(name, rest);
      default:
        return undefined;
    }
  }

  #changeChannel(path: string, name: string): Channel | undefined {
    if (name === 'ChangeEvents' || this.#custom(name)?.kind === 'data') {
      return { kind: 'change', name: path, object: undefined };
    }
    const object = objectOfChangeEvent(name, this.#database.schema);
    return object !== undefined && this.isSelected(object) ? { kind: 'change', name: path, object } : undefined;
  }

  /** Whether changes of an object cause change events: it is selected for the standard channel or for a custom one. */
  isSelected(object: ObjectDefinition): boolean {
    return object.changeEvents || this.customFor(changeEventName(object.name)).length > 0;
  }

  isOnStandardChannel(objectName: string): boolean {
    return this.#database.schema.find(objectName)?.changeEvents === true;
  }

  /** The custom channels that carry an entity, say `AccountChangeEvent` or `Low_Ink__e`. */
  customFor(entity: string): readonly ChannelDefinition[] {
    return this.#database.schema.channels.filter(({ members }) => members.some((member) => member.entity === entity));
  }

  #custom(name: string): ChannelDefinition | undefined {
    return this.#database.schema.channels.find((channel) => channel.name === name);
  }
}

/** The path one subscribes to. */
export function pathOf(channel: ChannelDefinition): string {
  return `/${channel.kind}/${channel.name}`;
}
