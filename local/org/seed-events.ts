import { z } from 'zod';
import type { ChannelDefinition } from './store/definitions.ts';
import type { ObjectTable } from './store/field-table.ts';

/** A platform event of the seed; `fields` are custom fields. */
export function platformEventSchema<Field extends z.ZodType>(field: Field) {
  return z.strictObject({
    name: z.string().regex(/^[A-Za-z]\w*__e$/, 'the name of a platform event ends in __e'),
    label: z.string().optional(),
    /** @default 'PublishAfterCommit' */
    publishBehavior: z.enum(['PublishImmediately', 'PublishAfterCommit']).optional(),
    fields: z.array(field).default([]),
  });
}

export const channelSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z]\w*__chn$/, 'the name of a custom channel ends in __chn'),
  label: z.string().optional(),
  /** `data` for change events, `event` for platform events. */
  kind: z.enum(['data', 'event']),
  members: z.array(
    z.strictObject({
      /** `AccountChangeEvent`, `Order__ChangeEvent` or `Low_Ink__e`. */
      entity: z.string(),
      /** Fields that change events carry even when unchanged. */
      enrichedFields: z.array(z.string()).default([]),
      /** As behind WHERE: `Industry = 'Energy' AND AnnualRevenue > 1000`. */
      filterExpression: z.string().optional(),
    }),
  ),
});

interface PlatformEventSeed {
  readonly name: string;
  readonly label?: string | undefined;
  readonly publishBehavior?: 'PublishImmediately' | 'PublishAfterCommit' | undefined;
}

/** The table of a platform event. IDs of events begin with `e`, followed by a serial of the definition. */
export function platformEventTable(event: PlatformEventSeed, index: number): ObjectTable {
  const label = event.label ?? event.name.replace(/__e$/, '').replaceAll('_', ' ');
  return {
    name: event.name,
    label,
    labelPlural: label,
    keyPrefix: `e${String(index).padStart(2, '0')}`,
    kind: 'platformEvent',
    publishBehavior: event.publishBehavior ?? 'PublishAfterCommit',
    updateable: false,
    deletable: false,
    fields: [
      ['ReplayId', 'Replay ID', 'string 1000', 'readonly'],
      ['EventUuid', 'Event UUID', 'string 36', 'readonly'],
      ['CreatedDate', 'Created Date', 'datetime', 'readonly defaulted'],
      ['CreatedById', 'Created By ID', 'reference User', 'readonly defaulted', { relationship: 'CreatedBy' }],
    ],
  };
}

export function channelDefinition(channel: z.infer<typeof channelSchema>): ChannelDefinition {
  return { ...channel, label: channel.label ?? channel.name.replace(/__chn$/, '').replaceAll('_', ' ') };
}
