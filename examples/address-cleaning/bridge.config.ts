import * as z from 'zod/mini';
import { defineBridge, enrich, filter, json, map, pipe, salesforceRows, upsert } from '../../shared/bridge/public.ts';
import type { AccountRow } from './salesforce-types.ts';

/** An address as the shop's customers typed it. */
const Address = z.object({
  customer: z.string().check(z.minLength(1)),
  name: z.string(),
  street: z.optional(z.string()),
  zip: z.optional(z.string()),
  city: z.optional(z.string()),
  country: z.optional(z.string()),
});

const tidy = (text = '') => text.normalize('NFC').replace(/\s+/gu, ' ').trim();
const tidyStreet = (text: string | undefined) => tidy(text).replace(/(str\.?|strasse)(?=\s|$)/iu, 'straße');

export default defineBridge({
  name: 'address-cleaning',
  orgs: { main: {} },
  sinks: {
    addresses: {
      topic: 'shop.addresses',
      write: upsert('Account', { externalId: 'Customer_Number__c' }),
      transform: pipe(
        json(Address),
        map((address) => ({
          customer: address.customer,
          name: tidy(address.name),
          street: tidyStreet(address.street),
          zip: tidy(address.zip).replace(/^[A-Z]{1,2}-/iu, ''),
          city: tidy(address.city),
          country: tidy(address.country).toUpperCase() || 'AT',
        })),
        filter(({ name, street }) => name !== '' && street !== '', { name: 'complete' }),
        enrich({
          from: salesforceRows({ object: 'Postal_Code__c', by: 'Code__c', fields: ['City__c', 'State__c'] }),
          key: ({ zip, country }) => (zip === '' ? undefined : `${country}-${zip}`),
          into: (address, place) => ({ ...address, place }),
          cache: { seconds: 3600, entries: 50_000 },
        }),
        map(
          ({ customer, name, street, zip, city, country, place }): AccountRow => ({
            Customer_Number__c: customer,
            Name: name,
            BillingStreet: street,
            BillingPostalCode: zip === '' ? null : zip,
            BillingCity: place === undefined ? city : String(place.City__c),
            BillingState: place === undefined ? null : String(place.State__c),
            BillingCountry: country,
            Address_Known__c: place !== undefined,
          }),
        ),
      ),
    },
  },
});
