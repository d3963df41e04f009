import { describe, expect, it } from 'vitest';
import { problemsOf, valid } from '../../../fixtures/valid-definition.ts';

describe('what is wrong in several places', () => {
  const base = valid();
  const prices = base.sinks.prices;
  const products = base.sources.products;

  it('is told at once, each with its path, what is wrong between settings, too', () => {
    const broken = {
      name: '9',
      orgs: { main: { auth: 'magic' } },
      sources: { products: { ...products, topic: '', org: 'nowhere', envelope: true } },
      sinks: { prices: { ...prices, batch: { size: 0 }, deadLetterTopic: 'prices' } },
    };
    expect(problemsOf(broken).map((line) => line.split(':')[0])).toEqual([
      'name',
      'orgs.main.auth',
      'sources.products.topic',
      'sinks.prices.batch.size',
      'sources.products.org',
      'sources.products.envelope',
      'sinks.prices.deadLetterTopic',
    ]);
  });

  it.each<[string, unknown, string]>([
    ['a flow that is one when it is mended', { ...base, sources: { products: null }, sinks: {} }, 'sources.products'],
    ['flows under a misspelt heading', { name: 'shop', orgs: { main: {} }, sink: base.sinks }, 'sink'],
    ['an org under a name that will be another', { ...base, orgs: { '9': {} } }, 'orgs.9'],
    [
      'a topic that a broken source may fill',
      {
        ...base,
        sources: { products: { ...products, topic: '' } },
        sinks: { prices: { ...prices, topic: undefined, topics: ['x*'] } },
      },
      'sources.products.topic',
    ],
    [
      'a key under a misspelt name',
      { ...base, sinks: { prices: { ...prices, write: { operation: 'upsert', object: 'A', externalld: 'K__c' } } } },
      'sinks.prices.write.externalld',
    ],
  ])('misses nothing that may be there: %s', (_, broken, path) => {
    expect(problemsOf(broken).map((line) => line.split(':')[0])).toEqual([path]);
  });
});
