import type { Change } from '../store/database.ts';
import { type ChannelDirectory, pathOf } from './channels.ts';
import { schemaIdOf } from './event-schemas.ts';
import type { PendingEvent } from './pending-event.ts';

/** The platform events among committed changes, for their own channel and the custom ones that carry them. */
export function platformEventsOf(changes: readonly Change[], channels: ChannelDirectory): readonly PendingEvent[] {
  return changes.flatMap(({ object, after }) => {
    if (object.kind !== 'platformEvent') return [];
    const schema = schemaIdOf(object);
    const own = object.fields.filter((field) => field.custom);
    const payload = {
      CreatedDate: after['CreatedDate'],
      CreatedById: after['CreatedById'],
      // Fields without a value are present as null, unlike in a change event.
      ...Object.fromEntries(own.map(({ name }) => [name, after[name] ?? null])),
    };
    const build = (replayId: number) => ({ schema, payload, event: { EventUuid: after['EventUuid'], replayId } });
    const custom = channels.customFor(object.name).filter(({ members }) => {
      const member = members.find(({ entity }) => entity === object.name);
      return channels.filters.passes(member, object, after);
    });
    const paths = [`/event/${object.name}`, ...custom.map(pathOf)];
    return paths.map((channel) => ({ channel, build }));
  });
}
