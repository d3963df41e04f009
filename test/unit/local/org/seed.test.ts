import { describe, expect, it } from 'vitest';
import { defaultSeed } from '../../../../local/org/default-seed.ts';
import { customField } from '../../../../local/org/metadata/custom-field.ts';
import { mergeSeeds, parseSeed, SeedError } from '../../../../local/org/seed.ts';

describe('seed', () => {
  it('reports every problem at once', () => {
    const bad = { apps: [{ name: '' }], users: [{}], customFields: { X: [{ name: 'Foo', type: 'blob' }] }, extra: 1 };
    expect(() => parseSeed(bad)).toThrow(SeedError);
    let text = '';
    try {
      parseSeed(bad);
    } catch (error) {
      text = String(error);
    }
    for (const part of ['apps.0.name', 'apps.0.clientId', 'users.0.username', 'customFields.X.0.name', 'extra']) {
      expect(text).toContain(part);
    }
  });

  it('adds to the default seed and replaces apps and users of the same name', () => {
    const added = parseSeed({
      apps: [
        { name: 'bridge', clientId: 'k', clientSecret: 's' },
        { name: 'erp', clientId: 'k2', clientSecret: 's2' },
      ],
      rows: { Pricebook2: [{ Name: 'Other' }] },
      settings: { streamingClients: 3 },
    });
    const merged = mergeSeeds(defaultSeed, added);
    expect(merged.apps.map((app) => [app.name, app.clientId])).toEqual([
      ['bridge', 'k'],
      ['erp', 'k2'],
    ]);
    expect(merged.users).toEqual(defaultSeed.users);
    expect(merged.rows['Pricebook2']).toHaveLength(2);
    expect(merged.settings).toEqual({ streamingClients: 3 });
  });

  it.each([
    [
      { type: 'text', length: 20 },
      { type: 'string', length: 20 },
    ],
    [
      { type: 'number', precision: 10, scale: 3 },
      { type: 'double', precision: 10, scale: 3 },
    ],
    [{ type: 'currency' }, { type: 'currency', precision: 18, scale: 2 }],
    [
      { type: 'checkbox', defaultValue: true },
      { type: 'boolean', nillable: false, defaultValue: true },
    ],
    [
      { type: 'lookup', referenceTo: 'Lead' },
      { type: 'reference', referenceTo: ['Lead'], relationshipName: 'My_Field__r' },
    ],
    [
      { type: 'picklist', values: ['a'], restricted: true },
      { type: 'picklist', picklistValues: ['a'], restrictedPicklist: true },
    ],
    [
      { type: 'text', externalId: true, unique: true, required: true },
      { externalId: true, unique: true, idLookup: true, nillable: false },
    ],
  ])('makes a field of %j', (given, expected) => {
    const seed = parseSeed({ customFields: { Account: [{ name: 'My_Field__c', ...given }] } } as never);
    const [field] = seed.customFields['Account'] ?? [];
    if (field === undefined) throw new Error('no field');
    expect(customField(field)).toMatchObject({ name: 'My_Field__c', label: 'My Field', custom: true, ...expected });
  });
});
