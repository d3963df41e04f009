import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkConnections } from '../../cli/check-connections.ts';
import { connectKafka } from '../../cli/commands/connect-check.ts';
import { parseEnvironment } from '../../infra/read-environment.ts';
import { createTopics } from '../../local/broker/create-topics.ts';
import { freePorts } from '../../local/processes/free-ports.ts';
import { changeDataCapture } from '../../shared/bridge/captures.ts';
import { defineBridge, parseBridge } from '../../shared/bridge/define-bridge.ts';
import { upsert } from '../../shared/bridge/targets.ts';
import { readKafkaLogin, secureKafka } from '../../shared/kafka/kafka-connection.ts';
import { createKafkajsProducer } from '../../shared/kafka/kafkajs-producer.ts';
import { startTestBroker, type TestBroker } from './local/local-broker.ts';

const run = promisify(execFile);
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const bridge = defineBridge({
  name: 'logins',
  orgs: { main: {} },
  sources: { products: { capture: changeDataCapture('Product2'), topic: 'products' } },
  sinks: { prices: { topic: 'prices', write: upsert('PricebookEntry', { externalId: 'Key__c' }) } },
});

let folder = '';
let broker: TestBroker;
const addresses = { scram: '', tls: '' };
const secrets = new Map<string, string>();

/** A key with a certificate that it signed itself. */
async function selfSigned(name: string): Promise<{ key: string; certificate: string }> {
  const [key, certificate] = [path.join(folder, `${name}.key`), path.join(folder, `${name}.crt`)];
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const files = ['-keyout', key, '-out', certificate];
  await run('openssl', ['req', '-x509', ...curve, ...files, '-days', '2', '-subj', `/CN=${name}`, '-addext', names]);
  return { key: await readFile(key, 'utf8'), certificate: await readFile(certificate, 'utf8') };
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'logins-'));
  const [server, client, [scramPort = 0, tlsPort = 0]] = await Promise.all([
    selfSigned('broker'),
    selfSigned('client'),
    freePorts(2),
  ]);
  broker = await startTestBroker({
    formatOptions: ['--add-scram', 'SCRAM-SHA-512=[name=bridge,password=hidden-word]'],
    properties: ({ port, controllerPort }) => ({
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort},SCRAM://127.0.0.1:${scramPort},TLS://127.0.0.1:${tlsPort}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SCRAM://127.0.0.1:${scramPort},TLS://127.0.0.1:${tlsPort}`,
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SCRAM:SASL_SSL,TLS:SSL',
      'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'listener.name.scram.scram-sha-512.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      'listener.name.tls.ssl.client.auth': 'required',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.key': server.key,
      'ssl.keystore.certificate.chain': server.certificate,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': client.certificate,
    }),
  });
  Object.assign(addresses, { scram: `127.0.0.1:${scramPort}`, tls: `127.0.0.1:${tlsPort}` });
  secrets.set('arn:ca', JSON.stringify({ certificate: server.certificate }));
  secrets.set('arn:scram', JSON.stringify({ username: 'bridge', password: 'hidden-word' }));
  secrets.set('arn:wrong-scram', JSON.stringify({ username: 'bridge', password: 'another-word' }));
  secrets.set('arn:tls', JSON.stringify({ certificate: client.certificate, privateKey: client.key }));
  secrets.set('arn:wrong-tls', JSON.stringify({ certificate: server.certificate, privateKey: server.key }));
  await createTopics(broker.bootstrapServers, [
    { topic: 'prices', partitions: 1 },
    { topic: 'products', partitions: 1 },
  ]);
});
afterAll(async () => {
  await broker?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** As poller and sink do it: from the variables that the stack sets and the secrets that they name. */
async function publish(kind: 'scram' | 'tls', secretArn: string): Promise<void> {
  const login = readKafkaLogin({ KAFKA_AUTH: kind, KAFKA_SECRET_ARN: secretArn, KAFKA_CA_SECRET_ARN: 'arn:ca' });
  const security = await secureKafka(login, {
    readSecret: async (arn) => secrets.get(arn) ?? expect.fail(`no secret ${arn}`),
    iamToken: async () => expect.fail('nobody asked for IAM'),
  });
  const producer = await createKafkajsProducer({ brokers: [addresses[kind]], clientId: 'login', security, logger });
  try {
    await producer.publish([{ topic: 'prices', key: 'k', value: kind, headers: [] }]);
  } finally {
    await producer.close();
  }
}

/** As `bridge check --connect` does it, for a cluster of one's own. */
async function check(kind: 'scram' | 'tls', secretId: string): Promise<string[]> {
  const arnOf = (id: string) =>
    `arn:aws:secretsmanager:eu-central-1:444455556666:secret:${id.slice('arn:'.length)}-AbC123`;
  const environment = parseEnvironment('test', {
    account: '444455556666',
    region: 'eu-central-1',
    network: { kind: 'create' },
    topics: { create: 'none' },
    cluster: {
      kind: 'selfManaged',
      brokers: addresses[kind],
      auth: { kind, secretArn: arnOf(secretId) },
      caSecretArn: arnOf('arn:ca'),
    },
  });
  const readSecret = async (arn: string) =>
    secrets.get(`arn:${/secret:(.+)-AbC123$/.exec(arn)?.[1]}`) ?? expect.fail(`no secret ${arn}`);
  return checkConnections(
    { bridge: parseBridge(bridge), environment },
    {
      kafka: () =>
        connectKafka(
          { environment, region: 'eu-central-1', brokers: undefined },
          { readSecret, iamToken: async () => expect.fail('nobody asked for IAM') },
        ),
      logIn: async () => undefined,
    },
  );
}

describe.each(['scram', 'tls'] as const)('a login by %s', (kind) => {
  it('publishes through the listener that asks for it', async () => {
    await expect(publish(kind, `arn:${kind}`)).resolves.toBeUndefined();
  });

  it('is refused with other credentials, which no message shows', async () => {
    const refusal = await publish(kind, `arn:wrong-${kind}`).then(
      () => expect.fail('let in'),
      (error: Error) => error,
    );
    expect(refusal).toMatchObject({ code: expect.stringMatching(/^SKB_KAFKA_(DENIED|UNAVAILABLE)$/) });
    expect(refusal.message).not.toMatch(/word|BEGIN/);
  });

  it('lets bridge check --connect see what is there and what is not', async () => {
    expect(await check(kind, `arn:${kind}`)).toEqual([
      'sources.products.deadLetterTopic: there is no topic products.dead-letter, or this login may not see it',
      'sinks.prices, what it writes: there is no topic prices.dead-letter, or this login may not see it',
    ]);
  });

  it('is refused to bridge check, too', async () => {
    const [problem, ...others] = await check(kind, `arn:wrong-${kind}`);
    expect(problem).toMatch(/^environment test, cluster: Kafka could not be connected to: /);
    expect(problem).not.toMatch(/word|BEGIN/);
    expect(others).toEqual([]);
  });
});
