import { createHash } from 'node:crypto';
import type { Row } from './definitions.ts';
import { type RowError, rowError } from './errors.ts';

/** A platform event as it is published: who created it when, and the UUID that names it for good. */
export function eventRow(event: Row, userId: string, now: number): { readonly row: Row; readonly uuid: string } {
  // Derived, so that a run with the same seed and times publishes the same events.
  const digits = createHash('sha256').update(`${event.Id} ${now}`).digest('hex');
  const uuid = `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
  const row = { ...event, CreatedDate: new Date(now).toISOString(), CreatedById: userId, EventUuid: uuid };
  return { row, uuid };
}

/** Platform Events guide, "Platform Event Allocations": too many events published in an hour. */
export function publishLimit(): RowError {
  const message = 'The number of published platform event messages exceeded the hourly publishing limit.';
  return rowError('LIMIT_EXCEEDED', message);
}

/** What a publisher is told: success, together with an entry under `errors` (Platform Events guide, `platform_events_publish_api.htm`). */
export function enqueued(uuid: string) {
  return { statusCode: 'OPERATION_ENQUEUED', message: uuid, fields: [] };
}
