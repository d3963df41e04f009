import type { Capture } from '../bridge/bridge.ts';

export interface ResolvedCapture {
  /** Such as `/data/Product2ChangeEvent` or `/topic/LeadUpdates`. */
  readonly channel: string;
  readonly capturedThrough: 'pushTopic' | 'changeDataCapture' | 'platformEvent' | 'generic';
  /** One sentence for the log when the capture differs from what was declared. */
  readonly note?: string;
}

// "Supported Objects in PushTopic Queries", besides all custom objects:
// https://developer.salesforce.com/docs/atlas.en-us.api_streaming.meta/api_streaming/supported_soql_queries.htm
const standardObjectsWithPushTopics: ReadonlySet<string> = new Set(
  [
    'Account',
    'Campaign',
    'Case',
    'Contact',
    'ContractLineItem',
    'Entitlement',
    'Lead',
    'LiveChatTranscript',
    'MessagingSession',
    'Opportunity',
    'Quote',
    'QuoteLineItem',
    'ServiceAppointment',
    'ServiceContract',
    'Task',
    'UserServicePresence',
    'WorkOrder',
    'WorkOrderLineItem',
  ].map((object) => object.toLowerCase()),
);

/** Says which channel carries a declared capture. */
export function resolveCapture(capture: Capture): ResolvedCapture {
  switch (capture.kind) {
    case 'changeDataCapture':
      return { channel: changeEventChannel(capture.object), capturedThrough: 'changeDataCapture' };
    case 'changeDataCaptureChannel':
      return { channel: `/data/${capture.channel}`, capturedThrough: 'changeDataCapture' };
    case 'platformEvent':
      return { channel: `/event/${capture.event}`, capturedThrough: 'platformEvent' };
    case 'generic':
      return { channel: capture.channel, capturedThrough: 'generic' };
    case 'pushTopic':
      if (hasPushTopics(capture.object)) {
        return { channel: `/topic/${capture.name}`, capturedThrough: 'pushTopic' };
      }
      return {
        channel: changeEventChannel(capture.object),
        capturedThrough: 'changeDataCapture',
        note: `${capture.object} has no PushTopic support in Salesforce and is captured through Change Data Capture instead`,
      };
  }
}

function hasPushTopics(object: string): boolean {
  return isCustom(object) || standardObjectsWithPushTopics.has(object.toLowerCase());
}

// https://developer.salesforce.com/docs/atlas.en-us.change_data_capture.meta/change_data_capture/cdc_subscribe_channels.htm
function changeEventChannel(object: string): string {
  return isCustom(object) ? `/data/${object.slice(0, -'__c'.length)}__ChangeEvent` : `/data/${object}ChangeEvent`;
}

function isCustom(object: string): boolean {
  return object.toLowerCase().endsWith('__c');
}
