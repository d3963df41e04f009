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
        format: 'connect',
        envelope: { key: true, value: true },
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

  it('takes the API version that the file names, and our own where it says latest', () => {
    const versionOf = (text: string) => parseBridge(fromConnectProperties(text).definition).orgs[0]?.apiVersion;
    expect(versionOf(with_({ 'salesforce.version': '61.0' }))).toBe('61.0');
    expect(versionOf(with_({ 'salesforce.version': 'latest' }))).toBe('66.0');
  });

  it('keeps white space and separators inside a value', () => {
    expect(fromConnectProperties(with_({ 'salesforce.password': 'a=b c:d' })).credentials.password).toBe('a=b c:d');
  });

  it('names settings of the Connect framework as without effect', () => {
    const { notes } = fromConnectProperties(with_({ 'header.converter': 'x', 'errors.tolerance': 'all' }));
    expect(notes).toContain('No effect outside Kafka Connect: header.converter, errors.tolerance');
  });

  describe('writes what a worker with JsonConverter would', () => {
    const converter = 'org.apache.kafka.connect.json.JsonConverter';
    const read = (changes: Record<string, string | undefined>) => {
      const { definition, notes } = fromConnectProperties(with_(changes));
      return { envelope: parseBridge(definition).sources[0]?.envelope, notes };
    };

    it('with schemas, which is the default of worker and converter, and says so where the file leaves it open', () => {
      expect(read({})).toEqual({
        envelope: { key: true, value: true },
        notes: [expect.stringContaining('each with its schema')],
      });
      expect(read({ 'value.converter': converter })).toEqual({ envelope: { key: true, value: true }, notes: [] });
    });

    it.each([
      ['value', { key: true, value: false }],
      ['key', { key: false, value: true }],
    ])('without the schema of the %s where the file says so', (part, envelope) => {
      const changes = { 'value.converter': converter, [`${part}.converter.schemas.enable`]: 'false' };
      expect(read(changes)).toEqual({ envelope, notes: [] });
    });

    it('and says it where the file names another converter', () => {
      const avro = 'io.confluent.connect.avro.AvroConverter';
      expect(read({ 'value.converter': avro }).notes).toEqual([
        `value.converter: ${avro} is not there; the value is JSON as JsonConverter writes it, with its schema`,
      ]);
    });

    it('and refuses a setting that is neither true nor false', () => {
      expect(() => read({ 'key.converter.schemas.enable': 'yes' })).toThrow(
        'key.converter.schemas.enable: must be true or false',
      );
    });
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
        '  connector.class: must be a Salesforce source connector, or the sink connector of sObjects or platform events',
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
