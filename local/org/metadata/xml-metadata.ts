import { formulaText } from './formula-field.ts';

/** Elements of one XML node, by name; texts stay texts. */
export type Node = Readonly<Record<string, unknown>>;

/** Types of the Metadata API (`CustomField`) and what a seed calls them. */
const fieldTypes: Readonly<Record<string, string>> = {
  Text: 'text',
  TextArea: 'textarea',
  LongTextArea: 'longtext',
  Html: 'richtext',
  Checkbox: 'checkbox',
  Number: 'number',
  Currency: 'currency',
  Percent: 'percent',
  Date: 'date',
  DateTime: 'datetime',
  Time: 'time',
  Email: 'email',
  Phone: 'phone',
  Url: 'url',
  Picklist: 'picklist',
  MultiselectPicklist: 'multipicklist',
  Lookup: 'lookup',
  Hierarchy: 'lookup',
  MasterDetail: 'masterdetail',
  AutoNumber: 'autonumber',
  EncryptedText: 'encrypted',
  Location: 'location',
  Summary: 'rollup',
};

/** A custom field for a seed; a text says why it is not emulated, undefined that it is a standard field. */
export function readField(node: Node): object | string | undefined {
  const name = textOf(node['fullName']) ?? '';
  if (!name.endsWith('__c')) return undefined;
  const type = fieldTypes[textOf(node['type']) ?? ''];
  if (type === undefined) return `field ${name} of type ${textOf(node['type'])}`;
  const formula = textOf(node['formula']);
  const problem = formula === undefined ? undefined : formulaText.safeParse(formula).error?.issues[0]?.message;
  if (problem !== undefined) return `formula field ${name}: ${problem}`;
  if (node['summaryFilterItems'] !== undefined) return `field ${name} of type Summary with a filter`;
  const isNumber = ['number', 'currency', 'percent', 'location'].includes(type);
  const field = {
    name,
    label: textOf(node['label']),
    type,
    length: isNumber ? undefined : numberOf(node['length']),
    precision: isNumber ? numberOf(node['precision']) : undefined,
    scale: isNumber ? numberOf(node['scale']) : undefined,
    required: flagOf(node['required']),
    unique: flagOf(node['unique']),
    externalId: flagOf(node['externalId']),
    caseSensitive: flagOf(node['caseSensitive']),
    referenceTo: textOf(node['referenceTo']),
    childRelationship: textOf(node['relationshipName']),
    format: type === 'autonumber' ? textOf(node['displayFormat']) : undefined,
    formula,
    summarize: type === 'rollup' ? summaryOf(node) : undefined,
    ...choicesOf(node['valueSet']),
    ...defaultOf(type, textOf(node['defaultValue'])),
  };
  return known(field);
}

/** `Part__c.Machine__c` is the field Machine__c of Part__c. */
function summaryOf(node: Node): object {
  const [object, relation] = (textOf(node['summaryForeignKey']) ?? '').split('.');
  const field = textOf(node['summarizedField'])?.split('.')[1];
  return known({ object, relation, operation: textOf(node['summaryOperation']), field });
}

function choicesOf(valueSet: unknown): object {
  if (!isNode(valueSet)) return {};
  const definition = isNode(valueSet['valueSetDefinition']) ? valueSet['valueSetDefinition'] : {};
  const entries = (Array.isArray(definition['value']) ? definition['value'] : []) as Node[];
  const active = entries.filter((entry) => entry['isActive'] !== 'false');
  const standard = textOf(active.find((entry) => entry['default'] === 'true')?.['fullName']);
  return {
    values: active.flatMap((entry) => textOf(entry['fullName']) ?? []),
    restricted: flagOf(valueSet['restricted']),
    ...(standard === undefined ? {} : { defaultValue: standard }),
  };
}

/** Defaults are formulas; those that are a plain value are taken. */
function defaultOf(type: string, text: string | undefined): object {
  if (text === undefined) return {};
  if (type === 'checkbox') return { defaultValue: text === 'true' };
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return { defaultValue: Number(text) };
  const quoted = /^(["'])(.*)\1$/.exec(text)?.[2];
  return quoted === undefined ? {} : { defaultValue: quoted };
}

/** A custom object or a platform event. */
export function readObject(name: string, node: Node): Record<string, unknown> & { fields: unknown[] } {
  const nameField = isNode(node['nameField']) ? node['nameField'] : {};
  const autoNumber = textOf(nameField['type']) === 'AutoNumber';
  return {
    ...known({ name, label: textOf(node['label']), publishBehavior: textOf(node['publishBehavior']) }),
    pluralLabel: textOf(node['pluralLabel']),
    nameField: known({
      type: autoNumber ? 'autonumber' : 'text',
      label: textOf(nameField['label']),
      format: autoNumber ? textOf(nameField['displayFormat']) : undefined,
    }),
    fields: [],
  };
}

export function readRule(object: string, node: Node): object {
  return known({
    object,
    name: textOf(node['fullName']),
    formula: textOf(node['errorConditionFormula']),
    message: textOf(node['errorMessage']),
    field: textOf(node['errorDisplayField']),
    active: flagOf(node['active']),
  });
}

export function readRecordType(object: string, node: Node): object {
  const developerName = textOf(node['fullName']);
  return known({ object, developerName, name: textOf(node['label']), active: flagOf(node['active']) });
}

export function readChannel(name: string, node: Node) {
  return { name, label: textOf(node['label']), kind: textOf(node['channelType']) === 'event' ? 'event' : 'data' };
}

export function readMember(node: Node) {
  const enriched = (Array.isArray(node['enrichedFields']) ? node['enrichedFields'] : []) as Node[];
  const filterExpression = textOf(node['filterExpression']);
  return {
    ...(filterExpression === undefined ? {} : { filterExpression }),
    channel: textOf(node['eventChannel']) ?? '',
    entity: textOf(node['selectedEntity']) ?? '',
    enrichedFields: enriched.flatMap((field) => textOf(field['name']) ?? []),
  };
}

function known(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : Number(text);
}

function flagOf(value: unknown): boolean | undefined {
  return value === undefined ? undefined : value === 'true';
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
