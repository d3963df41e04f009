import type { BayeuxEvent } from './bayeux-client.ts';
import { eventTypes, parseChangeEvent } from './change-event-shape.ts';
import { textDiffFields, withFlatParts } from './compound-fields.ts';
import type { ChangedRow, DecodedEvent } from './row-record.ts';

/** Says "any row of this object" where a change came in a way that names none. */
const anyRow = /\*|^0{15}(AAA)?$/;

/**
 * The rows of a Change Data Capture event: one for each that it names. Of a gap event, and of rows that it does not name,
 * only what has to be read again.
 *
 * @throws BridgeError SKB_DECODE_FAILED
 */
export function decodeChangeEvent(event: BayeuxEvent, orgId: string): DecodedEvent {
  const { schema, payload, event: meta } = parseChangeEvent(event);
  const header = payload.ChangeEventHeader;
  const fields = withFlatParts(payload, header.changedFields, 'ChangeEventHeader');
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
    fields,
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
