import * as z from 'zod/mini';
import { changeThreshold, defineBridge, json, map, pipe, upsert } from '../../shared/bridge/public.ts';
import type { AccountRow } from './salesforce-types.ts';

/** What a device sends every few seconds. */
const Reading = z.object({
  device: z.string().check(z.minLength(1)),
  celsius: z.number(),
  at: z.iso.datetime(),
});

function statusOf(celsius: number): NonNullable<AccountRow['Status__c']> {
  if (celsius >= 80) return 'Alarm';
  return celsius >= 60 ? 'Warm' : 'OK';
}

export default defineBridge({
  name: 'sensor-status',
  orgs: { main: {} },
  sinks: {
    readings: {
      topic: 'devices.readings',
      batch: { size: 10_000, windowSeconds: 2 },
      write: upsert('Account', { externalId: 'Device__c' }),
      transform: pipe(
        json(Reading),
        map(({ device, celsius, at }) => ({ device, at, status: statusOf(celsius) })),
        changeThreshold({ key: ({ device }) => device, of: ({ status }) => status }), // any change of the status
        map(
          ({ device, at, status }): AccountRow => ({
            Device__c: device,
            Name: `Site of ${device}`,
            Status__c: status,
            Status_Since__c: at,
          }),
        ),
      ),
    },
  },
});
