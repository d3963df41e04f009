import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromConnectProperties } from '../../../../shared/bridge/connect-properties.ts';
import { parseBridge } from '../../../../shared/bridge/define-bridge.ts';
import { topicsOfSource } from '../../../../shared/bridge/topics-of-source.ts';

const file = readFileSync(new URL('../../../../examples/kafka-connect/product2.properties', import.meta.url), 'utf8');

function with_(changes: Record<string, string | undefined>): string {
  const lines = new Map(
    file
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  );
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) lines.delete(key);
    else lines.set(key, value);
  }
  return [...lines].map(([key, value]) => `${key}=${value}`).join('\n');
}

describe('fromConnectProperties', () => {
  it('turns the file people have into a definition and credentials', () => {
    const { definition, credentials } = fromConnectProperties(file);
    expect(parseBridge(definition).sources).toMatchObject([
      {
        name: 'Product2',
        org: 'main',
        capture: { kind: 'pushTopic', object: 'Product2', name: 'MyCustomPushTopic', create: true },
        topic: 'salesforce.product.updates',
        initialStart: 'latest',
        onReplayLost: 'resync',
      },
    ]);
    expect(credentials).toEqual({
      username: 'your_username',
      password: 'your_password',
      securityToken: 'your_token',
      consumerKey: 'your_key',
      consumerSecret: 'your_secret',
    });
  });

  it('keeps a topic template, lower-cased when filled, and the operations that are worth an event', () => {
    const { definition } = fromConnectProperties(
      `${file}\nkafka.topic=SF.\${_ObjectType}\nsalesforce.push.topic.notify.delete=false\n`,
    );
    const [source] = parseBridge(definition).sources;
    expect(source).toMatchObject({
      capture: { notifyFor: { create: true, update: true, delete: false, undelete: true } },
    });
    expect(source && topicsOfSource(source)).toEqual(['sf.product2']);
  });

  it('reads the same from one line, from JSON, and from JSON in a REST request', () => {
    const expected = fromConnectProperties(file);
    const config = Object.fromEntries(
      file
        .trim()
        .split('\n')
        .map((line) => line.split('=') as [string, string]),
    );
    const { name, ...rest } = config;
    expect(fromConnectProperties(file.trim().replaceAll('\n', ' '))).toEqual(expected);
    expect(fromConnectProperties(JSON.stringify(config))).toEqual(expected);
    expect(fromConnectProperties(JSON.stringify({ name, config: rest }))).toEqual(expected);
  });

  it('accepts both names of the security token', () => {
    const other = with_({ 'salesforce.password.token': undefined, 'salesforce.security_token': 'other' });
    expect(fromConnectProperties(other).credentials.securityToken).toBe('other');
  });

  it('lower-cases the topic unless told otherwise, as the peers do', () => {
    const topicOf = (text: string) => Object.values(fromConnectProperties(text).definition.sources ?? {})[0]?.topic;
    expect(topicOf(with_({ 'kafka.topic': 'Sales.Products' }))).toBe('sales.products');
    expect(topicOf(with_({ 'kafka.topic': 'Sales.Products', 'kafka.topic.lowercase': 'false' }))).toBe(
      'Sales.Products',
    );
  });

  it('keeps white space and separators inside a value', () => {
    expect(fromConnectProperties(with_({ 'salesforce.password': 'a=b c:d' })).credentials.password).toBe('a=b c:d');
  });

  it('names settings of the Connect framework as without effect', () => {
    const { notes } = fromConnectProperties(with_({ 'value.converter': 'x', 'errors.tolerance': 'all' }));
    expect(notes).toEqual(['No effect outside Kafka Connect: value.converter, errors.tolerance']);
  });

  it('names everything that is missing, unknown or unusable', () => {
    const broken = with_({
      'salesforce.username': undefined,
      'salesforce.object': '',
      'connector.class': 'org.example.FileSink',
      'tasks.max': 'many',
      'salesforce.pushtopic.name': 'typo',
    });
    expect(() => fromConnectProperties(broken)).toThrow(
      [
        'The connector file has 5 problem(s):',
        '  salesforce.username: is missing (the user)',
        '  salesforce.object: is missing (the object)',
        '  connector.class: must be a Salesforce source connector',
        '  tasks.max: must be a whole number from 1 on',
        '  salesforce.pushtopic.name: is not a known setting',
      ].join('\n'),
    );
  });

  it('never repeats a secret in an error', () => {
    const broken = with_({ 'salesforce.password': 'hunter2', 'tasks.max': 'x' });
    expect(() => fromConnectProperties(broken)).toThrow(expect.not.stringContaining('hunter2'));
  });
});
