import type { CaptureInput } from './define-bridge.ts';

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
