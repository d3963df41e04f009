import * as z from 'zod/mini';
import type { BayeuxEvent } from './bayeux-client.ts';
import { type EventType, undecodable } from './row-record.ts';

// https://developer.salesforce.com/docs/atlas.en-us.change_data_capture.meta/change_data_capture/cdc_event_fields_header.htm
// A gap event says that a row changed but not how; whoever reads it must read the row again. GAP_OVERFLOW stands for
// all further changes of an object in a transaction of more than 100,000.
export const eventTypes = {
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

/** Later times are none that can be written down: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const latestTime = 8.64e15;
const notATime = 'must be milliseconds since the epoch';

const text = z.string('must be a text');
export const changeEventSchema = z.object({
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
          commitTimestamp: z.int(notATime).check(z.minimum(0, notATime), z.maximum(latestTime, notATime)),
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

type ChangeEvent = z.infer<typeof changeEventSchema>;

/** A change event; besides its header the payload has fields, of any name and value. */
export type ChangeEventData = Omit<ChangeEvent, 'payload'> & {
  readonly payload: ChangeEvent['payload'] & Readonly<Record<string, unknown>>;
};

/** @throws BridgeError SKB_DECODE_FAILED */
export function parseChangeEvent(event: BayeuxEvent): ChangeEventData {
  if (isChangeEvent(event.data)) return event.data;
  const parsed = changeEventSchema.safeParse(event.data);
  if (!parsed.success) throw undecodable(event, parsed.error);
  return event.data as ChangeEventData;
}

/**
 * What the schema accepts, said a second time: the schema makes a copy of what it accepts, and every event would pay for
 * that. The schema finds the words for what it refuses; a property test holds the two together.
 */
export function isChangeEvent(data: unknown): data is ChangeEventData {
  if (!isMembers(data) || !isMembers(data['event']) || !isMembers(data['payload'])) return false;
  const { event, payload } = data;
  const header = payload['ChangeEventHeader'];
  return (
    isMembers(header) &&
    isTextOrAbsent(data['schema']) &&
    typeof event['replayId'] === 'string' &&
    isTextOrAbsent(event['EventUuid']) &&
    isFullText(header['entityName']) &&
    Array.isArray(header['recordIds']) &&
    header['recordIds'].length > 0 &&
    header['recordIds'].every(isFullText) &&
    typeof header['changeType'] === 'string' &&
    Object.hasOwn(eventTypes, header['changeType']) &&
    isTime(header['commitTimestamp']) &&
    isTextOrAbsent(header['commitNumber']) &&
    isTextOrAbsent(header['commitUser']) &&
    isTextOrAbsent(header['transactionKey']) &&
    (header['sequenceNumber'] === undefined || Number.isFinite(header['sequenceNumber'])) &&
    isTextOrAbsent(header['changeOrigin']) &&
    (header['changedFields'] === undefined ||
      (Array.isArray(header['changedFields']) && header['changedFields'].every((each) => typeof each === 'string')))
  );
}

function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isFullText(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0;
}

function isTime(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= latestTime;
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
