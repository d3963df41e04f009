import { describe, expect, it } from 'vitest';
import type { Capture } from '../../../../shared/bridge/bridge.ts';
import { resolveCapture } from '../../../../shared/salesforce/channels.ts';

const cdc = (object: string): Capture => ({ kind: 'changeDataCapture', object });
const topic = (object: string): Capture => ({ kind: 'pushTopic', object, name: 'Updates', create: true });

describe('resolveCapture', () => {
  it.each([
    [cdc('Product2'), '/data/Product2ChangeEvent', 'changeDataCapture'],
    [cdc('Price__c'), '/data/Price__ChangeEvent', 'changeDataCapture'],
    [cdc('acme__Price__c'), '/data/acme__Price__ChangeEvent', 'changeDataCapture'],
    [topic('Lead'), '/topic/Updates', 'pushTopic'],
    [topic('lead'), '/topic/Updates', 'pushTopic'],
    [topic('Price__c'), '/topic/Updates', 'pushTopic'],
  ] as const)('%j comes through %s without a note', (capture, channel, capturedThrough) => {
    expect(resolveCapture(capture)).toEqual({ channel, capturedThrough });
  });

  it('captures an object without PushTopic support through Change Data Capture and says so', () => {
    expect(resolveCapture(topic('Product2'))).toEqual({
      channel: '/data/Product2ChangeEvent',
      capturedThrough: 'changeDataCapture',
      note: 'Product2 has no PushTopic support in Salesforce and is captured through Change Data Capture instead',
    });
  });
});
