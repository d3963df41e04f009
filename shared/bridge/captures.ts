import type { CaptureInput } from './bridge.ts';

type PushTopicInput = Extract<CaptureInput, { kind: 'pushTopic' }>;

/**
 * Change Data Capture: every committed change, kept by Salesforce for 72 hours.
 *
 * @param object an object such as `Product2`, or a channel of several objects: `{ channel: 'ChangeEvents' }` for all that
 *   are selected in Setup, `{ channel: 'Sales__chn' }` for a custom one; `objects` leaves the events of others out.
 */
export function changeDataCapture(
  object: string | { readonly channel: string; readonly objects?: string[] },
): CaptureInput {
  return typeof object === 'string'
    ? { kind: 'changeDataCapture', object }
    : { kind: 'changeDataCaptureChannel', ...object };
}

/**
 * A PushTopic of one object, kept by Salesforce for 24 hours.
 *
 * @param options.create makes the PushTopic from the object's describe when it does not exist, and keeps it so when fields
 *   come and go. @default false: one that exists is used as it is
 */
export function pushTopic(options: Omit<PushTopicInput, 'kind'>): CaptureInput {
  return { kind: 'pushTopic', ...options };
}

/** A platform event, standard or custom, or a custom channel of several; kept by Salesforce for 72 hours, older ones for 24. */
export function platformEvent(event: string, options: { readonly events?: string[] } = {}): CaptureInput {
  return { kind: 'platformEvent', event, ...options };
}

/** A generic streaming channel such as `/u/Notices`: whatever text somebody pushes, kept by Salesforce for 24 hours. */
export function genericChannel(channel: string): CaptureInput {
  return { kind: 'generic', channel };
}
