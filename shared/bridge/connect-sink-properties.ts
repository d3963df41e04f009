import type { RowTarget } from './bridge.ts';
import {
  type ConnectImport,
  checkProperties,
  commonsOf,
  flowName,
  mandatoryForAll,
  noEffect,
  optionalForAll,
  type Properties,
  rulesForAll,
} from './connect-file.ts';
import type { BridgeDefinition } from './define-bridge.ts';
import { create, fromRecord, publishEvent, remove, update } from './targets.ts';

const rowClass = /(^|\.)SalesforceSObjectSink(Connector)?$/;
const eventClass = /(^|\.)SalesforcePlatformEventSink(Connector)?$/;

export function isSinkClass(connector: string): boolean {
  return rowClass.test(connector) || eventClass.test(connector);
}

const yesOrNo = /^(true|false)$/;
const yesOrNoSettings = [
  'override.event.type',
  'salesforce.use.custom.id.field',
  'salesforce.ignore.reference.fields',
  'skip.relationship.fields',
  'ignore.null.fields',
] as const;

/** What the connector does about errors and repeats; here a record is written, goes back, or becomes a dead letter. */
const ownWays = [
  'behavior.on.api.errors',
  'request.max.retries.time.ms',
  'max.retry.time.ms',
  'connection.timeout',
  'salesforce.auth.retries.time.ms',
] as const;

const reporterDetail =
  /^reporter\.(bootstrap\.servers|(result|error)\.topic\.(replication\.factor|partitions|(key|value)\.format.*))$/;

const rowSettings = [
  'salesforce.sink.object.operation',
  'salesforce.custom.id.field.name',
  'salesforce.ignore.fields',
  ...yesOrNoSettings,
];
const settings = [
  ...optionalForAll,
  ...ownWays,
  'topics',
  'behavior.on.null.record',
  'reporter.result.topic.name',
  'reporter.error.topic.name',
];

const operations = ['insert', 'update', 'upsert', 'delete'] as const;
type Operation = (typeof operations)[number];

/**
 * Turns the file of Confluent's SObject or platform event sink connector into a definition.
 *
 * @throws BridgeError SKB_CONFIG_INVALID naming every property that is missing, unknown or not supported.
 */
export function fromSinkProperties(properties: Properties): ConnectImport {
  const isEvent = eventClass.test(properties.get('connector.class') ?? '');
  const objectSetting = isEvent ? 'salesforce.platform.event.name' : 'salesforce.object';
  const details = [...properties.keys()].filter((key) => reporterDetail.test(key));
  const ignored = checkProperties(
    properties,
    { ...mandatoryForAll, [objectSetting]: isEvent ? 'the event' : 'the object', topics: 'the topics, by name' },
    new Set([...settings, ...(isEvent ? [] : rowSettings), ...details]),
    [
      ...rulesForAll,
      ...yesOrNoSettings.map((key) => [key, yesOrNo, 'must be true or false'] as const),
      ['salesforce.sink.object.operation', /^(insert|update|upsert|delete)$/i, `must be ${operations.join(', ')}`],
      ['behavior.on.null.record', /^(fail|ignore|delete)$/i, 'must be fail, ignore or delete'],
    ],
    isEvent ? [] : targetProblems(properties),
  );
  const object = properties.get(objectSetting) ?? '';
  const { name, orgs, credentials } = commonsOf(properties);
  const write = isEvent ? publishEvent(object) : targetOf(object, properties);
  const own = [...ownWays, ...details].filter((key) => properties.has(key));
  return {
    definition: {
      name,
      orgs,
      sinks: {
        [flowName(object)]: { ...topicsOf(properties), write, ...rowPolicies(properties), ...reportsOf(properties) },
      },
    },
    credentials,
    notes: [
      ...(own.length === 0
        ? []
        : [
            `${own.join(', ')}: no effect; what Salesforce rejects becomes a dead letter, everything else is tried again for as long as it takes`,
          ]),
      ...(!isEvent && isOverridden(properties) && customIdOf(properties) !== undefined
        ? [
            'override.event.type: the record of a deletion deletes its row all the same, instead of writing an empty one',
          ]
        : []),
      ...noEffect(ignored),
    ],
  };
}

type SinkInput = NonNullable<BridgeDefinition['sinks']>[string];

function topicsOf(properties: Properties): Pick<SinkInput, 'topic' | 'topics'> {
  const topics = listOf(properties, 'topics');
  const [only = ''] = topics;
  return topics.length === 1 ? { topic: only } : { topics };
}

function customIdOf(properties: Properties): string | undefined {
  if (properties.get('salesforce.use.custom.id.field') !== 'true') return undefined;
  return properties.get('salesforce.custom.id.field.name') ?? '';
}

function operationOf(properties: Properties): Operation {
  const given = (properties.get('salesforce.sink.object.operation') ?? 'insert').toLowerCase();
  return operations.find((each) => each === given) ?? 'insert';
}

function isOverridden(properties: Properties): boolean {
  return properties.get('override.event.type') === 'true';
}

function targetProblems(properties: Properties): string[] {
  const externalId = customIdOf(properties);
  if (externalId === '') return ['salesforce.custom.id.field.name: is missing (the field that holds the Id)'];
  if (!isOverridden(properties)) return [];
  const operation = operationOf(properties);
  if (operation === 'upsert' && externalId === undefined) {
    return ['salesforce.sink.object.operation: upsert needs salesforce.use.custom.id.field=true and the field’s name'];
  }
  if (operation !== 'upsert' && externalId !== undefined) {
    return [
      `salesforce.sink.object.operation: ${operation} goes by the record's own Id; leave salesforce.use.custom.id.field out`,
    ];
  }
  return [];
}

/** With a custom ID field the Id of the record lies in that field, as in every copy of a row. */
function targetOf(object: string, properties: Properties): RowTarget {
  const externalId = customIdOf(properties);
  if (externalId !== undefined) return fromRecord(object, { externalId });
  if (!isOverridden(properties)) return fromRecord(object);
  const operation = operationOf(properties);
  if (operation === 'delete') return remove(object);
  return operation === 'update' ? update(object) : create(object);
}

const tombstones = { fail: 'reject', ignore: 'ignore', delete: 'delete' } as const;

function rowPolicies(
  properties: Properties,
): Pick<SinkInput, 'ignoreFields' | 'ignoreReferences' | 'nulls' | 'tombstones' | 'unknownFields'> {
  const onNull = (properties.get('behavior.on.null.record') ?? '').toLowerCase();
  const fields = listOf(properties, 'salesforce.ignore.fields');
  return {
    // The connector drops what the object does not have.
    unknownFields: 'drop',
    ...(onNull in tombstones ? { tombstones: tombstones[onNull as keyof typeof tombstones] } : {}),
    ...(properties.get('ignore.null.fields') === 'true' ? { nulls: 'keep' } : {}),
    ...(fields.length === 0 ? {} : { ignoreFields: fields }),
    ...(properties.get('salesforce.ignore.reference.fields') === 'true' ? { ignoreReferences: true } : {}),
  };
}

function reportsOf(properties: Properties): Pick<SinkInput, 'reports'> {
  const success = properties.get('reporter.result.topic.name');
  const error = properties.get('reporter.error.topic.name');
  if (success === undefined && error === undefined) return {};
  return { reports: { ...(success === undefined ? {} : { success }), ...(error === undefined ? {} : { error }) } };
}

function listOf(properties: Properties, key: string): string[] {
  const parts = (properties.get(key) ?? '').split(',').map((each) => each.trim());
  return parts.filter((each) => each !== '');
}
