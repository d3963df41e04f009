import type { LoadRecord, Recipe } from '../../local/dev/recipe.ts';

const places = [
  { code: 'AT-8010', city: 'Graz', state: 'Steiermark' },
  { code: 'AT-4020', city: 'Linz', state: 'Oberösterreich' },
  { code: 'DE-01067', city: 'Dresden', state: 'Sachsen' },
  { code: "XK-O'1", city: "L'Aquila", state: 'Abruzzo' },
];

/** What is typed, and what must stand in the org: street, postal code, city, state, country, known. */
const cases: readonly (readonly [typed: Record<string, string>, expected: readonly unknown[] | undefined])[] = [
  [
    { street: '  Annenstr.   12 ', zip: 'A-8010', city: 'graz', country: 'at' },
    ['Annenstraße 12', '8010', 'Graz', 'Steiermark', 'AT', true],
  ],
  [
    { street: 'Landstrasse 3', zip: '4020', city: 'Lintz' },
    ['Landstraße 3', '4020', 'Linz', 'Oberösterreich', 'AT', true],
  ],
  [
    { street: 'Hauptstraße 1', zip: '01067', city: 'DRESDEN', country: 'DE' },
    ['Hauptstraße 1', '01067', 'Dresden', 'Sachsen', 'DE', true],
  ],
  [
    { street: 'Corso 9', zip: "O'1", city: 'Aquila', country: 'xk' },
    ['Corso 9', "O'1", "L'Aquila", 'Abruzzo', 'XK', true],
  ],
  [{ street: 'Ring 5', zip: '9999', city: ' Nirgend  wo ' }, ['Ring 5', '9999', 'Nirgend wo', null, 'AT', false]],
  [{ street: 'Ring 6', city: 'Ohneplz' }, ['Ring 6', null, 'Ohneplz', null, 'AT', false]],
  [{ street: '   ', zip: '8010' }, undefined],
];
const rounds = 300;

const customers = Array.from({ length: cases.length * rounds }, (_, number) => {
  const [typed = {}, expected] = cases[number % cases.length] ?? [];
  return { customer: `C-${number}`, name: `  Firma   ${number}`, typed, expected };
});

const recipe: Recipe = {
  async prepare({ main }) {
    const rows = places.map(({ code, city, state }) => ({ Code__c: code, Name: city, City__c: city, State__c: state }));
    await main?.upsert('Postal_Code__c', 'Code__c', rows);
  },
  records: () =>
    customers.map(({ customer, name, typed }): LoadRecord => {
      return { topic: 'shop.addresses', key: customer, value: JSON.stringify({ customer, name, ...typed }) };
    }),
  async check({ orgs, dispositions }) {
    const rows =
      (await orgs['main']?.query(
        'SELECT Customer_Number__c, Name, BillingStreet, BillingPostalCode, BillingCity, BillingState, BillingCountry, Address_Known__c FROM Account WHERE Customer_Number__c != null',
      )) ?? [];
    const found = new Map(
      rows.map(({ attributes: _, Customer_Number__c: customer, Name: name, ...address }) => [
        String(customer),
        JSON.stringify([name, ...Object.values(address)]),
      ]),
    );
    const lost: string[] = [];
    const wrong: string[] = [];
    for (const [number, { customer, expected }] of customers.entries()) {
      const shown = found.get(customer);
      if (expected === undefined && shown !== undefined) wrong.push(`${customer} is incomplete`);
      if (expected === undefined) continue;
      if (shown === undefined) lost.push(customer);
      else if (shown !== JSON.stringify([`Firma ${number}`, ...expected])) wrong.push(`${customer}: ${shown}`);
    }
    if (dispositions['addresses']?.filtered !== rounds) wrong.push(`${dispositions['addresses']?.filtered} filtered`);
    return { lost, wrong };
  },
};

export default recipe;
