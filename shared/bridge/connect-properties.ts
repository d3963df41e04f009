import { pushTopic } from './captures.ts';
import {
  type ConnectImport,
  checkProperties,
  commonsOf,
  flowName,
  mandatoryForAll,
  noEffect,
  optionalForAll,
  type PropertyRule,
  rulesForAll,
  withAliases,
} from './connect-file.ts';
import { fromSinkProperties, isSinkClass } from './connect-sink-properties.ts';
import { parsePropertiesFile } from './properties-file.ts';
import { isTemplate } from './topic-template.ts';

const sourceClass = /(^|\.)Salesforce(PushTopic)?SourceConnector$/;

const mandatory = {
  ...mandatoryForAll,
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
  ...optionalForAll,
  ...operations.map(notifySetting),
  'salesforce.push.topic.create',
  'salesforce.initial.start',
  'kafka.topic.lowercase',
  ...parts.map((part) => `${part}.converter`),
  ...parts.map(schemasSetting),
]);

const yesOrNo = /^(true|false)$/;
const rules: readonly PropertyRule[] = [
  [
    'connector.class',
    sourceClass,
    'must be a Salesforce source connector, or the sink connector of sObjects or platform events',
  ],
  ...rulesForAll,
  ...[
    'salesforce.push.topic.create',
    ...operations.map(notifySetting),
    'kafka.topic.lowercase',
    ...parts.map(schemasSetting),
  ].map((key): PropertyRule => [key, yesOrNo, 'must be true or false']),
  ['salesforce.initial.start', /^(latest|all)$/, 'must be latest or all'],
];

/**
 * Turns the file of a Salesforce source connector (jcustenborder's, Entanet's or Confluent's names), or of Confluent's sink
 * connectors of sObjects and platform events, into a definition.
 *
 * @throws BridgeError SKB_CONFIG_INVALID naming every property that is missing, unknown or not supported.
 */
export function fromConnectProperties(text: string): ConnectImport {
  const properties = withAliases(parsePropertiesFile(text));
  if (isSinkClass(properties.get('connector.class') ?? '')) return fromSinkProperties(properties);
  const ignored = checkProperties(properties, mandatory, optional, rules);
  const get = (key: keyof typeof mandatory) => properties.get(key) ?? '';
  const object = get('salesforce.object');
  const isMade = properties.get('salesforce.push.topic.create') !== 'false';
  const { name, orgs, credentials } = commonsOf(properties);
  return {
    definition: {
      name,
      orgs,
      sources: {
        [flowName(object)]: {
          capture: pushTopic({
            object,
            name: get('salesforce.push.topic.name'),
            create: isMade,
            ...notifyFor(properties),
          }),
          ...topicSettings(properties),
          format: 'connect',
          envelope: { key: hasSchema('key', properties), value: hasSchema('value', properties) },
          initialStart: properties.get('salesforce.initial.start') === 'all' ? 'earliest' : 'latest',
        },
      },
    },
    credentials,
    notes: [...converterNotes(properties), ...noEffect(ignored)],
  };
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
