import type { SeedInput } from '../../../local/org/seed.ts';
import { startTestOrg, type TestOrg } from './support.ts';

/** The parts of a data message that the tests look at. */
export interface EventMessage {
  readonly channel: string;
  readonly data: {
    readonly schema: string;
    readonly payload: Readonly<Record<string, unknown>> & {
      readonly ChangeEventHeader: Readonly<Record<string, unknown>>;
    };
    readonly event: { readonly replayId: number; readonly EventUuid?: string; readonly createdDate?: string };
  };
}

export const eventSeed: SeedInput = {
  platformEvents: [
    {
      name: 'Low_Ink__e',
      fields: [
        { name: 'Serial_Number__c', type: 'text', required: true },
        { name: 'Ink_Percentage__c', type: 'number', scale: 2 },
      ],
    },
    { name: 'Audit__e', publishBehavior: 'PublishImmediately', fields: [{ name: 'Text__c', type: 'text' }] },
  ],
  channels: [
    { name: 'Printers__chn', kind: 'event', members: [{ entity: 'Low_Ink__e' }, { entity: 'Audit__e' }] },
    {
      name: 'Sales__chn',
      kind: 'data',
      members: [
        { entity: 'AccountChangeEvent', enrichedFields: ['External_Id__c', 'BillingCity'] },
        { entity: 'OpportunityChangeEvent' },
      ],
    },
  ],
};

/** Runs a story with an org of its own. */
export async function withOrg<T>(
  options: Parameters<typeof startTestOrg>[0],
  story: (org: TestOrg) => Promise<T>,
): Promise<T> {
  const org = await startTestOrg(options);
  try {
    return await story(org);
  } finally {
    await org.close();
  }
}

/** A client that did its first connect. */
export async function openClient(org: TestOrg) {
  const probe = org.bayeux();
  const clientId = await probe.handshake();
  await probe.connect(clientId);
  return { probe, clientId };
}
