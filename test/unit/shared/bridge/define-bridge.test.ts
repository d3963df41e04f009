import { describe, expect, it } from 'vitest';
import definition from '../../../../bridge.config.ts';
import { changeDataCapture, platformEvent, pushTopic } from '../../../../shared/bridge/captures.ts';
import { parseBridge } from '../../../../shared/bridge/define-bridge.ts';
import { create, fromRecord, publishEvent, remove, update, upsert } from '../../../../shared/bridge/targets.ts';
import { changeThreshold } from '../../../../shared/transform/change-threshold.ts';
import { map } from '../../../../shared/transform/map.ts';
import { pipe } from '../../../../shared/transform/pipe.ts';
import { problemsOf, valid } from '../../../fixtures/valid-definition.ts';

const threshold = changeThreshold<Buffer | null>({ of: () => 1, by: 0.1 });

describe('parseBridge', () => {
  it('fills in the defaults', () => {
    const bridge = parseBridge(valid());
    expect(bridge.orgs).toEqual([
      { name: 'main', auth: 'clientCredentials', apiVersion: '66.0', dailyCallReserve: 0.1, tokenMinutes: 120 },
    ]);
    expect(bridge.sources[0]).toMatchObject({ org: 'main', initialStart: 'latest', onReplayLost: 'resync' });
    expect(bridge.sinks[0]).toMatchObject({
      org: 'main',
      deadLetters: { kind: 'topic', bucket: false },
      deadLetterTopic: 'prices.dead-letter',
      consumerGroup: 'commerce.prices',
      batch: { size: 1000, windowSeconds: 1 },
    });
  });

  it('takes several targets, and the format of sources where there is no transform', () => {
    const write = [fromRecord('Account', { externalId: 'SourceId__c' }), fromRecord('Contact')];
    const [sink] = parseBridge({ ...valid(), sinks: { copies: { topic: 'rows', write } } }).sinks;
    expect(sink?.targets).toEqual(write);
    expect(sink?.transform.steps.map(({ name }) => name)).toEqual(['rowRecord']);
    expect(sink).toMatchObject({ tombstones: 'delete', unknownFields: 'drop', nulls: 'clear' });
  });

  it('accepts the definition that this repository runs', () => {
    expect(parseBridge(definition).name).toBe('commerce');
  });

  const base = valid();
  const prices = base.sinks.prices;
  const products = base.sources.products;
  const withWrite = (write: unknown) => ({ ...base, sinks: { prices: { ...prices, write } } });
  it.each<[string, unknown, string]>([
    ['nothing at all', undefined, 'bridge: must be the result of defineBridge({ … })'],
    ['a name with spaces', { ...base, name: 'My Bridge' }, 'name: must start with a letter'],
    ['an unknown setting', { ...base, retries: 3 }, 'retries: is not a known setting'],
    ['no org', { ...base, orgs: {} }, 'orgs: must name at least one org'],
    [
      'an unknown login',
      { ...base, orgs: { main: { auth: 'magic' } } },
      "orgs.main.auth: must be 'clientCredentials',",
    ],
    [
      'an old version',
      { ...base, orgs: { main: { apiVersion: '39.0' } } },
      "orgs.main.apiVersion: must be a version from '46.0'",
    ],
    [
      'letters that go nowhere',
      { ...base, sinks: { prices: { ...prices, deadLetters: { kind: 'log' } } } },
      "sinks.prices.deadLetters.kind: must have the kind 'topic' or 'queue'",
    ],
    [
      'a topic for letters that go to a queue',
      { ...base, sinks: { prices: { ...prices, deadLetters: { kind: 'queue' }, deadLetterTopic: 'letters' } } },
      "sinks.prices.deadLetterTopic: is for deadLetters.kind: 'topic'",
    ],
    ['no flow', { ...base, sources: {}, sinks: {} }, 'sources: a bridge needs at least one source or sink'],
    [
      'a capture of nothing',
      { ...base, sources: { products: { ...products, capture: {} } } },
      'sources.products.capture.kind: must be',
    ],
    [
      'a topic with spaces',
      { ...base, sources: { products: { ...products, topic: 'a b' } } },
      'sources.products.topic: must be 1 to 249',
    ],
    [
      'a template where a literal belongs',
      { ...base, sinks: { prices: { ...prices, topic: 'x.${_ObjectType}' } } },
      'sinks.prices.topic: must be a literal',
    ],
    [
      'an unknown placeholder',
      { ...base, sources: { products: { ...products, topic: 'x.${_ObjectType}.${Family}' } } },
      'sources.products.topic: has the placeholder ${Family}; known are ${_ObjectType} and ${_EventType}',
    ],
    [
      'a placeholder that does not end',
      { ...base, sources: { products: { ...products, topic: 'x.${_ObjectType' } } },
      'sources.products.topic: has the placeholder ${_ObjectType',
    ],
    [
      'a template over objects that nobody named',
      {
        ...base,
        sources: { all: { capture: changeDataCapture({ channel: 'ChangeEvents' }), topic: 'x.${_ObjectType}' } },
      },
      'sources.all.topic: is a template, so the capture must list its objects',
    ],
    [
      'dead letters among the records',
      { ...base, sources: { products: { ...products, deadLetterTopic: 'products' } } },
      'sources.products.deadLetterTopic: must differ',
    ],
    [
      'a key that not every event carries',
      { ...base, sources: { products: { ...products, key: 'Family' } } },
      'sources.products.key: is for platform events',
    ],
    [
      'tombstones of what is never deleted',
      { ...base, sources: { ink: { capture: platformEvent('Low_Ink__e'), topic: 'ink', tombstoneOnDelete: true } } },
      'sources.ink.tombstoneOnDelete: is for captures of rows',
    ],
    [
      'fields of a PushTopic that is used as it is',
      {
        ...base,
        sources: { leads: { capture: pushTopic({ object: 'Lead', name: 'L', fields: ['Id'] }), topic: 'l' } },
      },
      'sources.leads.capture.fields: has an effect with create: true only',
    ],
    [
      'a platform event without its ending',
      { ...base, sources: { ink: { capture: platformEvent('Low_Ink'), topic: 'ink' } } },
      'sources.ink.capture.event: must be a platform event',
    ],
    [
      'a missing topic',
      { ...base, sinks: { prices: { ...prices, topic: undefined } } },
      'sinks.prices.topic: must be the name of a Kafka topic (it is missing)',
    ],
    [
      'a wrong policy',
      { ...base, sources: { products: { ...products, onReplayLost: 'ignore' } } },
      'sources.products.onReplayLost: must be',
    ],
    [
      'a format that only rows have',
      { ...base, sources: { ink: { capture: platformEvent('Low_Ink__e'), topic: 'ink', format: 'connect' } } },
      "sources.ink.format: can be 'row' or 'raw'",
    ],
    [
      'an envelope without something to put into it',
      { ...base, sources: { products: { ...products, envelope: false } } },
      'sources.products.envelope: is for format connect',
    ],
    [
      'half an envelope that is none',
      { ...base, sources: { products: { ...products, format: 'connect', envelope: { keys: true } } } },
      'sources.products.envelope',
    ],
    [
      'a foreign write',
      { ...base, sinks: { prices: { ...prices, write: 'upsert' } } },
      'sinks.prices.write: must be create(…), update(…)',
    ],
    ['orgs that are no orgs', { ...base, orgs: [] }, 'orgs: must be an object with a name for each'],
    ['a source that is none', { ...base, sources: { products: 'Product2' } }, 'sources.products: must be an object of'],
    [
      'a number as batch',
      { ...base, sinks: { prices: { ...prices, batch: 7 } } },
      'sinks.prices.batch: must be an object',
    ],
    [
      'a name as list',
      { ...base, sinks: { prices: { ...prices, ignoreFields: 'Id' } } },
      'sinks.prices.ignoreFields: must be a list',
    ],
    [
      'a number as group',
      { ...base, sinks: { prices: { ...prices, consumerGroup: 7 } } },
      'sinks.prices.consumerGroup: must be a text',
    ],
    [
      'a rule that is none',
      { ...base, sinks: { prices: { ...prices, call: { assignmentRule: 'none' } } } },
      'sinks.prices.call.assignmentRule: must be true, false or the Id of an assignment rule',
    ],
    [
      'a write of no object',
      withWrite(upsert('Price Book', { externalId: 'K__c' })),
      'sinks.prices.write.object: must be the API name',
    ],
    [
      'a misspelt key',
      withWrite({ operation: 'upsert', object: 'A', externalID: 'K__c' }),
      'sinks.prices.write.externalID: is not a known setting',
    ],
    [
      'a key that is none, of two targets',
      withWrite([remove('B'), upsert('A', { externalId: '' })]),
      'sinks.prices.write.1.externalId: must be the API name',
    ],
    ['an upsert without a key', withWrite({ operation: 'upsert', object: 'A' }), 'sinks.prices.write: upsert needs an'],
    ['a key of a create', withWrite({ ...create('A'), externalId: 'K__c' }), 'sinks.prices.write: create takes no ext'],
    ['a mark of an update', withWrite({ ...update('A'), mark: 'K__c' }), 'sinks.prices.write: update takes no mark'],
    ['a published row', withWrite(publishEvent('Lead')), 'sinks.prices.write: Lead is no platform event'],
    ['an upserted event', withWrite(create('Price__e')), 'sinks.prices.write: Price__e can only be published'],
    [
      'two keys of one object',
      withWrite([upsert('A', { externalId: 'K__c' }), remove('a')]),
      'sinks.prices.write: the targets of a must agree in their externalId',
    ],
    ['a target named twice', withWrite([create('A'), create('a')]), 'sinks.prices.write: names create(a) twice'],
    ['no target', withWrite([]), 'sinks.prices.write: must name at least one target'],
    [
      'an unknown tombstone policy',
      { ...base, sinks: { prices: { ...prices, tombstones: 'keep' } } },
      'sinks.prices.tombstones: must be',
    ],
    [
      'no transform',
      { ...base, sinks: { prices: { ...prices, transform: {} } } },
      'sinks.prices.transform: must be pipe(…)',
    ],
    [
      'a huge batch',
      { ...base, sinks: { prices: { ...prices, batch: { size: 10_001 } } } },
      'sinks.prices.batch.size: must be at most 10000',
    ],
    [
      'a misspelt batch',
      { ...base, sinks: { prices: { ...prices, batch: { sise: 1 } } } },
      'sinks.prices.batch.sise: is not a known setting',
    ],
    [
      'an unknown org',
      { ...base, sinks: { prices: { ...prices, org: 'east' } } },
      'sinks.prices.org: must name one of orgs (main)',
    ],
    [
      'no org of two',
      { ...base, orgs: { main: {}, east: {} }, sinks: {} },
      'sources.products.org: must name one of orgs (main, east)',
    ],
    [
      'letters to itself',
      { ...base, sinks: { prices: { ...prices, deadLetterTopic: 'prices' } } },
      'sinks.prices.deadLetterTopic: must differ',
    ],
    [
      'two thresholds of one name',
      {
        ...base,
        sinks: {
          prices: {
            ...prices,
            transform: pipe(
              threshold,
              threshold,
              map(() => ({ Key__c: 'k' })),
            ),
          },
        },
      },
      'sinks.prices.transform: has two steps that remember under the name changeThreshold',
    ],
    [
      'a shared group',
      { ...base, sinks: { prices, again: { ...prices, consumerGroup: 'commerce.prices' } } },
      'sinks.again.consumerGroup: is already used by sinks.prices',
    ],
    [
      'the same source twice',
      { ...base, sources: { products, again: products } },
      'sources.again.capture: is already used by sources.products',
    ],
    [
      'one PushTopic for two objects',
      {
        ...base,
        sources: {
          leads: { capture: pushTopic({ object: 'Lead', name: 'New' }), topic: 'leads' },
          contacts: { capture: pushTopic({ object: 'Contact', name: 'New' }), topic: 'contacts' },
        },
      },
      'sources.contacts.capture: has the PushTopic New of sources.leads, so it must say the same of it',
    ],
    [
      'a PushTopic that two sources make differently',
      {
        ...base,
        sources: {
          hot: {
            capture: pushTopic({ object: 'Lead', name: 'New', create: true, where: "Rating = 'Hot'" }),
            topic: 'hot',
          },
          all: { capture: pushTopic({ object: 'Lead', name: 'New', create: true }), topic: 'leads' },
        },
      },
      'sources.all.capture: has the PushTopic New of sources.hot, so it must say the same of it',
    ],
  ])('refuses %s', (_, broken, problem) => {
    expect(problemsOf(broken)).toEqual([expect.stringContaining(problem)]);
  });
});
