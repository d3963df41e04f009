import { describe, expect, it } from 'vitest';
import { changeDataCapture } from '../../../../shared/bridge/captures.ts';
import { type BridgeDefinition, parseBridge } from '../../../../shared/bridge/define-bridge.ts';
import { fromRecord } from '../../../../shared/bridge/targets.ts';

const write = fromRecord('Account', { externalId: 'SourceId__c' });
const base: BridgeDefinition = {
  name: 'copies',
  orgs: { main: {} },
  sources: {
    all: {
      capture: changeDataCapture({ channel: 'ChangeEvents', objects: ['Account', 'Contact'] }),
      topic: 'salesforce.${_ObjectType}',
      deadLetterTopic: 'salesforce.refused',
      gapTopic: 'salesforce.gaps',
    },
    products: { capture: changeDataCapture('Product2'), topic: 'Stock.Products', lowerCaseTopic: true },
  },
};
const sinksOf = (sinks: BridgeDefinition['sinks']) => parseBridge({ ...base, sinks }).sinks;
const topicsOf = (topics: readonly string[]) =>
  sinksOf({ rows: { topics: [...topics], write } })[0]?.feeds.map(({ topic }) => topic);

describe('the topics of a sink', () => {
  it.each([
    [['erp.prices'], ['erp.prices']],
    [['salesforce.*'], ['salesforce.Account', 'salesforce.Contact']],
    [
      ['erp.returns', 'salesforce.*', 'salesforce.Account'],
      ['erp.returns', 'salesforce.Account', 'salesforce.Contact'],
    ],
    [['*.products'], ['stock.products']],
    [['s*.*o*t*'], ['salesforce.Account', 'salesforce.Contact', 'stock.products']],
    // A dot is a dot.
    [
      ['erp.*', 'erp-a', 'erp.a'],
      ['erp.a', 'erp-a'],
    ],
  ])('%j are %j', (topics, expected) => {
    expect(topicsOf(topics)).toEqual(expected);
  });

  it('may be those that other sinks name, and several sinks may read one', () => {
    const [one, other] = sinksOf({ one: { topic: 'erp.a', write }, other: { topics: ['erp.*', 'erp.b'], write } });
    expect(one?.feeds).toEqual([{ topic: 'erp.a', consumerGroup: 'copies.one' }]);
    expect(other?.feeds).toEqual([
      { topic: 'erp.a', consumerGroup: 'copies.other.erp.a' },
      { topic: 'erp.b', consumerGroup: 'copies.other.erp.b' },
    ]);
    expect([one?.deadLetterTopic, other?.deadLetterTopic]).toEqual(['erp.a.dead-letter', 'copies.other.dead-letter']);
  });

  it.each<[string, object, string]>([
    [
      'a pattern that matches nothing',
      { topics: ['erp.a', 'sap.*'] },
      'sinks.rows.topics.1: matches no topic that the definition declares (salesforce.Account, salesforce.Contact, stock.products, erp.a); rights are given by name, so name the topics',
    ],
    ['no topics', { topics: [] }, 'sinks.rows.topics: must name at least one topic'],
    ['both', { topic: 'a', topics: ['b'] }, 'sinks.rows.topics: stands beside topic; say one of them'],
    ['neither', {}, 'sinks.rows.topic: must be the name of a Kafka topic (it is missing)'],
    [
      'a pattern as topic',
      { topic: 'a.*' },
      'sinks.rows.topic: must be a literal topic name; patterns stand in topics',
    ],
    [
      'a regular expression',
      { topics: ['a.(b|c)'] },
      'sinks.rows.topics.0: must be 1 to 249 letters, digits, dots, underscores or hyphens, or a pattern of them with *',
    ],
    [
      'a group that gets too long',
      { topics: ['x'.repeat(190)] },
      `sinks.rows.consumerGroup: makes a group of more than 200 characters with a topic: copies.rows.${'x'.repeat(190)}`,
    ],
    [
      'its own dead letters',
      { topics: ['a', 'b'], deadLetterTopic: 'b' },
      'sinks.rows.deadLetterTopic: must differ from the topic it reads',
    ],
  ])('are not %s', (_, topics, problem) => {
    expect(() => sinksOf({ rows: { ...topics, write } })).toThrow(problem);
  });
});
