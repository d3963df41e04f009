import type { CaptureInput, UpsertWrite } from './define-bridge.ts';

/** Change Data Capture of one object: every committed change, kept by Salesforce for 72 hours. */
export function changeDataCapture(object: string): CaptureInput {
  return { kind: 'changeDataCapture', object };
}

/**
 * A PushTopic of one object, kept by Salesforce for 24 hours.
 *
 * @param options.create makes the PushTopic from the object's describe when it does not exist. @default false
 */
export function pushTopic(options: { object: string; name: string; create?: boolean }): CaptureInput {
  return { kind: 'pushTopic', ...options };
}

/** Creates or updates rows of one object, found by a unique external ID field, so that a repeat changes nothing. */
export function upsert(object: string, options: { externalId: string }): UpsertWrite {
  return { operation: 'upsert', object, externalId: options.externalId };
}
