import { BridgeError } from '../errors/bridge-error.ts';
import type { BridgeDefinition } from './define-bridge.ts';

// What the files of source and sink connectors have in common.

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

export type Properties = ReadonlyMap<string, string>;

/** What every file has to say, and what it is. */
export const mandatoryForAll = {
  'connector.class': 'the class of a Salesforce connector',
  'salesforce.username': 'the user',
  'salesforce.password': 'the password',
  'salesforce.security_token': 'the security token (or salesforce.password.token)',
  'salesforce.consumer.key': 'the consumer key of the connected app',
  'salesforce.consumer.secret': 'the consumer secret of the connected app',
} as const;

export const optionalForAll = [
  'name',
  'tasks.max',
  'salesforce.password.token',
  'salesforce.instance',
  'salesforce.version',
] as const;

/** Settings of the Connect framework that have no meaning outside a Connect worker. */
const frameworkSetting =
  /^(tasks\.max|(key|value|header)\.converter|transforms|predicates|errors\.|topic\.creation\.|exactly\.once|transaction\.boundary|confluent\.|config\.action|auto\.register|use\.latest)/;

/** A rule on the text of one property. */
export type PropertyRule = readonly [key: string, allowed: RegExp, rule: string];

export const rulesForAll: readonly PropertyRule[] = [
  ['tasks.max', /^[1-9]\d*$/, 'must be a whole number from 1 on'],
  ['salesforce.version', /^(latest|\d{2}\.0)$/, "must be latest or a version such as '66.0'"],
];

/**
 * Reads a file by what it must and may say; answers which settings have no effect here.
 *
 * @throws BridgeError SKB_CONFIG_INVALID naming every property that is missing, unknown or not supported.
 */
export function checkProperties(
  properties: Properties,
  mandatory: Readonly<Record<string, string>>,
  optional: ReadonlySet<string>,
  rules: readonly PropertyRule[],
  more: readonly string[] = [],
): readonly string[] {
  const problems = Object.entries(mandatory)
    .filter(([key]) => (properties.get(key) ?? '') === '')
    .map(([key, what]) => `${key}: is missing (${what})`);
  for (const [key, allowed, rule] of rules) {
    const value = properties.get(key);
    if (value !== undefined && value !== '' && !allowed.test(value)) problems.push(`${key}: ${rule}`);
  }
  const ignored: string[] = [];
  for (const key of properties.keys()) {
    if (key in mandatory || optional.has(key)) continue;
    if (frameworkSetting.test(key)) ignored.push(key);
    else problems.push(`${key}: is not a known setting`);
  }
  problems.push(...more);
  if (problems.length === 0) return ignored;
  const lines = problems.map((problem) => `\n  ${problem}`).join('');
  throw new BridgeError('SKB_CONFIG_INVALID', `The connector file has ${problems.length} problem(s):${lines}`, {
    context: { problems },
  });
}

export function withAliases(properties: Properties): Properties {
  const token = properties.get('salesforce.security_token') ?? properties.get('salesforce.password.token');
  return token === undefined ? properties : new Map([...properties, ['salesforce.security_token', token]]);
}

/** Name, org and logins, which are the same in every file. */
export function commonsOf(properties: Properties): {
  readonly name: string;
  readonly orgs: BridgeDefinition['orgs'];
  readonly credentials: ConnectCredentials;
} {
  const get = (key: keyof typeof mandatoryForAll) => properties.get(key) ?? '';
  const version = properties.get('salesforce.version');
  return {
    name: bridgeName(properties.get('name')),
    orgs: {
      main: { auth: 'password', ...(version === undefined || version === 'latest' ? {} : { apiVersion: version }) },
    },
    credentials: {
      consumerKey: get('salesforce.consumer.key'),
      consumerSecret: get('salesforce.consumer.secret'),
      username: get('salesforce.username'),
      password: get('salesforce.password'),
      securityToken: get('salesforce.security_token'),
      ...loginUrl(properties.get('salesforce.instance')),
    },
  };
}

/** A name of a source or sink, from that of its object. */
export function flowName(object: string): string {
  return object.replace(/[^a-zA-Z0-9]+/g, '-').replace(/-$/, '');
}

export function noEffect(ignored: readonly string[]): string[] {
  return ignored.length === 0 ? [] : [`No effect outside Kafka Connect: ${ignored.join(', ')}`];
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
