import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { serverProperties } from '../../../../local/broker/server-properties.ts';

const read = (file: string) => readFileSync(new URL(`../../../../${file}`, import.meta.url), 'utf8');
const compose = read('compose.yaml');

/** Properties of the image's variables: https://github.com/apache/kafka/blob/trunk/docker/examples/README.md */
function propertiesOf(text: string): Map<string, string> {
  const variables = [...text.matchAll(/^ {6}KAFKA_([A-Z_]+): (?:'(.*)'|(.*))$/gm)];
  return new Map(variables.map(([, name = '', quoted, plain = '']) => [toProperty(name), quoted ?? plain]));
}
const toProperty = (name: string) => name.toLowerCase().replaceAll('_', '.');

it('compose.yaml starts the broker that npm start would, of the same version', () => {
  const own = serverProperties({ port: 9092, controllerPort: 9093 }, '/tmp')
    .trim()
    .split('\n')
    .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string])
    // In its container it listens to the host, and keeps its data where the image says.
    .filter(([name]) => name !== 'listeners' && name !== 'log.dirs');
  const { listeners, ...settings } = Object.fromEntries(propertiesOf(compose));
  expect(settings).toEqual(Object.fromEntries(own));
  expect(listeners).toBe('PLAINTEXT://:9092,CONTROLLER://127.0.0.1:9093');
  const [, version] = /<kafka.version>(.+)<\/kafka.version>/.exec(read('local/broker/pom.xml')) ?? [];
  expect(compose).toContain(`image: apache/kafka:${version}\n`);
});

it('compose.yaml opens no port to other machines', () => {
  expect([...compose.matchAll(/^ {6}- (.+)$/gm)].map(([, port]) => port)).toEqual(['127.0.0.1:9092:9092']);
});
