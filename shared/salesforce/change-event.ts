import * as z from 'zod/mini';
import type { BayeuxEvent } from './bayeux-client.ts';
import { textDiffFields, withFlatParts } from './compound-fields.ts';
import { type ChangedRow, type DecodedEvent, type EventType, undecodable } from './row-record.ts';

// https://developer.salesforce.com/docs/atlas.en-us.change_data_capture.meta/change_data_capture/cdc_event_fields_header.htm
// A gap event says that a row changed but not how; whoever reads it must read the row again. GAP_OVERFLOW stands for
// all further changes of an object in a transaction of more than 100,000.
const eventTypes = {
  CREATE: 'created',
  UPDATE: 'updated',
  DELETE: 'deleted',
  UNDELETE: 'undeleted',
  GAP_CREATE: 'gap',
  GAP_UPDATE: 'gap',
  GAP_DELETE: 'gap',
  GAP_UNDELETE: 'gap',
  GAP_OVERFLOW: 'gap',
} as const satisfies Record<string, EventType>;

type ChangeType = keyof typeof eventTypes;

const text = z.string('must be a text');
const changeEventSchema = z.object({
  schema: z.optional(text),
  event: z.object({ replayId: text, EventUuid: z.optional(text) }, 'must be an object'),
  payload: z.object(
    {
      ChangeEventHeader: z.object(
        {
          entityName: text.check(z.minLength(1, 'must not be empty')),
          recordIds: z
            .array(text.check(z.minLength(1, 'must not be empty')), 'must be a list of IDs')
            .check(z.minLength(1, 'must name a row')),
          changeType: z.enum(Object.keys(eventTypes) as ChangeType[], 'is not a known change type'),
          commitTimestamp: z.int('must be milliseconds since the epoch'),
          commitNumber: z.optional(text),
          commitUser: z.optional(text),
          transactionKey: z.optional(text),
          sequenceNumber: z.optional(z.number('must be a number')),
          changeOrigin: z.optional(text),
          changedFields: z.optional(z.array(text, 'must be a list of field names')),
        },
        'must be an object',
      ),
    },
    'must be an object',
  ),
});

/** Says "any row of this object" where a change came in a way that names none. */
const anyRow = /\*|^0{15}(AAA)?$/;

/**
 * The rows of a Change Data Capture event: one for each that it names. Of a gap event, and of rows that it does not name,
 * only what has to be read again.
 *
 * @throws BridgeError SKB_DECODE_FAILED
 */
export function decodeChangeEvent(event: BayeuxEvent, orgId: string): DecodedEvent {
  const parsed = changeEventSchema.safeParse(event.data);
  if (!parsed.success) throw undecodable(event, parsed.error);
  const { schema, payload, event: meta } = parsed.data;
  const header = payload.ChangeEventHeader;
  // Whatever else the payload has is a field, of any value.
  const { ChangeEventHeader: _header, ...fields } = (event.data as { readonly payload: Record<string, unknown> })
    .payload;
  const { entityName: object, changeType, commitTimestamp: committedAt } = header;
  const named = header.recordIds.filter((id) => !anyRow.test(id));
  const unnamed = changeType === 'GAP_OVERFLOW' || named.length < header.recordIds.length;
  const type = eventTypes[changeType];
  const shared = {
    channel: event.channel,
    replayId: event.replayId,
    orgId,
    object,
    type,
    fields: withFlatParts(fields, header.changedFields),
    committedAt,
    headers: {
      'salesforce.event.uuid': meta.EventUuid,
      'salesforce.commit.number': header.commitNumber,
      'salesforce.commit.user': header.commitUser,
      'salesforce.transaction.key': header.transactionKey,
      'salesforce.sequence.number': header.sequenceNumber?.toString(),
      'salesforce.change.origin': header.changeOrigin,
      'salesforce.changed.fields': header.changedFields?.join(','),
      // Their values are differences to the former text, not texts to be written anywhere.
      'salesforce.diff.fields': textDiffFields(fields).join(','),
      'salesforce.schema.id': schema,
      'salesforce.change.type': type === 'gap' ? changeType : undefined,
    },
  } satisfies Partial<ChangedRow>;
  const rows = named.map((id): ChangedRow => ({ ...shared, id }));
  if (type !== 'gap' && !unnamed) return { rows };
  return { rows, gap: { object, changeType, ids: unnamed ? undefined : named, committedAt } };
}
