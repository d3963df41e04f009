import { BridgeError } from '../errors/bridge-error.ts';
import { pushTopic } from './captures.ts';
import type { BridgeDefinition } from './define-bridge.ts';
import { parsePropertiesFile } from './properties-file.ts';
import { isTemplate } from './topic-template.ts';

/** What a Kafka Connect file says, in the bridge's terms. */
export interface ConnectImport {
  readonly definition: BridgeDefinition;
  readonly credentials: ConnectCredentials;
  /** Sentences for the person who brought the file: what is done differently here, what has no effect. */
  readonly notes: readonly string[];
}

export interface ConnectCredentials {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly username: string;
  readonly password: string;
  readonly securityToken: string;
  /** From `salesforce.instance`, when the file has one. */
  readonly loginUrl?: string;
}

const sourceClass = /(^|\.)Salesforce(PushTopic)?SourceConnector$/;

/** Settings of the Connect framework that have no meaning outside a Connect worker. */
const frameworkSetting =
  /^(tasks\.max|(key|value|header)\.converter|transforms|predicates|errors\.|topic\.creation\.|exactly\.once|transaction\.boundary|confluent\.|config\.action|auto\.register|use\.latest)/;

const mandatory = {
  'connector.class': 'the class of a Salesforce source connector',
  'salesforce.username': 'the user',
  'salesforce.password': 'the password',
  'salesforce.security_token': 'the security token (or salesforce.password.token)',
  'salesforce.consumer.key': 'the consumer key of the connected app',
  'salesforce.consumer.secret': 'the consumer secret of the connected app',
  'salesforce.object': 'the object',
  'salesforce.push.topic.name': 'the PushTopic',
  'kafka.topic': 'the topic',
} as const;

const operations = ['create', 'update', 'delete', 'undelete'] as const;
type Operation = (typeof operations)[number];
const notifySetting = (operation: Operation) => `salesforce.push.topic.notify.${operation}`;

const parts = ['key', 'value'] as const;
type Part = (typeof parts)[number];
const schemasSetting = (part: Part) => `${part}.converter.schemas.enable`;

const optional = new Set([
  ...operations.map(notifySetting),
  'name',
  'tasks.max',
  'salesforce.password.token',
  'salesforce.push.topic.create',
  'salesforce.instance',
  'salesforce.version',
  'salesforce.initial.start',
  'kafka.topic.lowercase',
  ...parts.map((part) => `${part}.converter`),
  ...parts.map(schemasSetting),
]);

/**
 * Turns the file of a Salesforce source connector (jcustenborder's, Entanet's or Confluent's names) into a definition.
 *
 * @throws BridgeError SKB_CONFIG_INVALID naming every property that is missing, unknown or not supported.
 */
export function fromConnectProperties(text: string): ConnectImport {
  const properties = withAliases(parsePropertiesFile(text));
  const problems = [...missing(properties), ...unusable(properties)];
  const ignored: string[] = [];
  for (const key of properties.keys()) {
    if (key in mandatory || optional.has(key)) continue;
    if (frameworkSetting.test(key)) ignored.push(key);
    else problems.push(`${key}: is not a known setting`);
  }
  if (problems.length > 0) {
    const lines = problems.map((problem) => `\n  ${problem}`).join('');
    throw new BridgeError('SKB_CONFIG_INVALID', `The connector file has ${problems.length} problem(s):${lines}`, {
      context: { problems },
    });
  }
  const get = (key: keyof typeof mandatory) => properties.get(key) ?? '';
  const object = get('salesforce.object');
  const create = properties.get('salesforce.push.topic.create') !== 'false';
  const version = properties.get('salesforce.version');
  return {
    definition: {
      name: bridgeName(properties.get('name')),
      orgs: {
        main: { auth: 'password', ...(version === undefined || version === 'latest' ? {} : { apiVersion: version }) },
      },
      sources: {
        [object.replace(/[^a-zA-Z0-9]+/g, '-').replace(/-$/, '')]: {
          capture: pushTopic({ object, name: get('salesforce.push.topic.name'), create, ...notifyFor(properties) }),
          ...topicSettings(properties),
          format: 'connect',
          envelope: { key: hasSchema('key', properties), value: hasSchema('value', properties) },
          initialStart: properties.get('salesforce.initial.start') === 'all' ? 'earliest' : 'latest',
        },
      },
    },
    credentials: {
      consumerKey: get('salesforce.consumer.key'),
      consumerSecret: get('salesforce.consumer.secret'),
      username: get('salesforce.username'),
      password: get('salesforce.password'),
      securityToken: get('salesforce.security_token'),
      ...loginUrl(properties.get('salesforce.instance')),
    },
    notes: [
      ...converterNotes(properties),
      ...(ignored.length === 0 ? [] : [`No effect outside Kafka Connect: ${ignored.join(', ')}`]),
    ],
  };
}

function withAliases(properties: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const token = properties.get('salesforce.security_token') ?? properties.get('salesforce.password.token');
  return token === undefined ? properties : new Map([...properties, ['salesforce.security_token', token]]);
}

function missing(properties: ReadonlyMap<string, string>): string[] {
  return Object.entries(mandatory)
    .filter(([key]) => (properties.get(key) ?? '') === '')
    .map(([key, what]) => `${key}: is missing (${what})`);
}

function unusable(properties: ReadonlyMap<string, string>): string[] {
  const problems: string[] = [];
  const check = (key: string, allowed: RegExp, rule: string) => {
    const value = properties.get(key);
    if (value !== undefined && value !== '' && !allowed.test(value)) problems.push(`${key}: ${rule}`);
  };
  check('connector.class', sourceClass, 'must be a Salesforce source connector');
  check('tasks.max', /^[1-9]\d*$/, 'must be a whole number from 1 on');
  check('salesforce.push.topic.create', /^(true|false)$/, 'must be true or false');
  for (const operation of operations) check(notifySetting(operation), /^(true|false)$/, 'must be true or false');
  check('kafka.topic.lowercase', /^(true|false)$/, 'must be true or false');
  for (const part of parts) check(schemasSetting(part), /^(true|false)$/, 'must be true or false');
  check('salesforce.initial.start', /^(latest|all)$/, 'must be latest or all');
  check('salesforce.version', /^(latest|\d{2}\.0)$/, "must be latest or a version such as '66.0'");
  return problems;
}

/** The peers lower-case the topic unless told otherwise. */
function topicSettings(properties: ReadonlyMap<string, string>): { topic: string; lowerCaseTopic?: boolean } {
  const topic = properties.get('kafka.topic') ?? '';
  if (properties.get('kafka.topic.lowercase') === 'false') return { topic };
  return isTemplate(topic) ? { topic, lowerCaseTopic: true } : { topic: topic.toLowerCase() };
}

/** JsonConverter writes schemas unless told otherwise, and a worker uses JsonConverter unless told otherwise. */
function hasSchema(part: Part, properties: ReadonlyMap<string, string>): boolean {
  return properties.get(schemasSetting(part)) !== 'false';
}

function converterNotes(properties: ReadonlyMap<string, string>): string[] {
  const form = (part: Part) => (hasSchema(part, properties) ? 'with its schema' : 'without a schema');
  const others = parts.flatMap((part) => {
    const converter = properties.get(`${part}.converter`) ?? '';
    if (converter === '' || converter.endsWith('.JsonConverter')) return [];
    return [
      `${part}.converter: ${converter} is not there; the ${part} is JSON as JsonConverter writes it, ${form(part)}`,
    ];
  });
  const isOpen = !properties.has('value.converter') && !properties.has(schemasSetting('value'));
  const open =
    'Records are written as JsonConverter writes them by default, each with its schema; ' +
    'value.converter.schemas.enable=false and key.converter.schemas.enable=false leave it out';
  return isOpen ? [open, ...others] : others;
}

function notifyFor(properties: ReadonlyMap<string, string>): { notifyFor?: Record<Operation, boolean> } {
  if (operations.every((operation) => !properties.has(notifySetting(operation)))) return {};
  const wanted = (operation: Operation) => properties.get(notifySetting(operation)) !== 'false';
  return {
    notifyFor: {
      create: wanted('create'),
      update: wanted('update'),
      delete: wanted('delete'),
      undelete: wanted('undelete'),
    },
  };
}

function bridgeName(name: string | undefined): string {
  const usable = (name ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '');
  return usable.slice(0, 30).replace(/-$/, '') || 'connector';
}

function loginUrl(instance: string | undefined): { loginUrl?: string } {
  if (instance === undefined || instance === '') return {};
  return { loginUrl: instance.includes('://') ? instance : `https://${instance}` };
}
