import { z } from 'zod';
import type { FieldDefinition } from '../store/definitions.ts';
import { type FieldLine, fieldFromLine } from '../store/field-table.ts';
import { formulaField, formulaText } from './formula-field.ts';

/** A custom field as a seed describes it. */
export const customFieldSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z]\w*__c$/, 'a custom field name ends in __c'),
  /** @default the name without __c and underscores */
  label: z.string().optional(),
  type: z.enum([
    'text',
    'textarea',
    'checkbox',
    'number',
    'currency',
    'percent',
    'date',
    'datetime',
    'time',
    'longtext',
    'richtext',
    'encrypted',
    'autonumber',
    'masterdetail',
    'email',
    'phone',
    'url',
    'picklist',
    'multipicklist',
    'lookup',
    'location',
    'rollup',
  ]),
  /** Characters of a text. @default 255 */
  length: z.int().min(1).max(131_072).optional(),
  /** Digits of a number in all. @default 18 */
  precision: z.int().min(1).max(18).optional(),
  /** Digits after the point. @default 0, 2 for currency */
  scale: z.int().min(0).max(17).optional(),
  required: z.boolean().optional(),
  unique: z.boolean().optional(),
  externalId: z.boolean().optional(),
  caseSensitive: z.boolean().optional(),
  /** Values of a picklist. */
  values: z.array(z.string()).optional(),
  /** Refuses values that are not in the list. */
  restricted: z.boolean().optional(),
  /** Name of the list of these records on the parent of a lookup. */
  childRelationship: z.string().optional(),
  /** Number format of an auto number, say `A-{0000}`. @default '{0}' */
  format: z.string().optional(),
  /** Object a lookup points to. */
  referenceTo: z.string().optional(),
  defaultValue: z.union([z.string(), z.number(), z.boolean()]).optional(),
  /** Computes the field from others of the same row, whenever the row is written. */
  formula: formulaText.optional(),
  /** Of a roll-up summary: what it counts or adds up. */
  summarize: z
    .strictObject({
      object: z.string(),
      /** Field of that object that points here. */
      relation: z.string(),
      operation: z.enum(['count', 'sum', 'min', 'max']),
      field: z.string().optional(),
    })
    .optional(),
});

export type CustomField = z.infer<typeof customFieldSchema>;

const numberTypes: Readonly<Record<string, string>> = { number: 'double', currency: 'currency', percent: 'percent' };

/** The definitions of a custom field: a geolocation has one for each of its parts. */
export function customFields(field: CustomField): readonly FieldDefinition[] {
  if (field.type !== 'location') return [customField(field)];
  const { scale = 6, required } = field;
  const base = field.name.replace(/__c$/, '');
  const label = labelOf(field);
  const parts = ['Latitude', 'Longitude'].map((part): FieldLine => {
    const flags = required === true ? 'required' : '';
    return [`${base}__${part}__s`, `${label} (${part})`, `double ${scale + 3} ${scale}`, flags, { part: field.name }];
  });
  return [...parts, [field.name, label, 'location'] as const].map(fieldFromLine);
}

/** The definition of a custom field that is one. */
export function customField(field: CustomField): FieldDefinition {
  const { type, required, unique, externalId, caseSensitive, restricted, values, defaultValue } = field;
  const flags = Object.entries({ required, unique, externalId, caseSensitive, restricted })
    .filter(([, on]) => on === true)
    .map(([flag]) => flag);
  if (type === 'masterdetail') flags.push('required', 'cascade');
  if (type === 'autonumber') flags.push('readonly');
  const { object: child = '', ...summary } = field.summarize ?? {};
  const extras = {
    ...(values === undefined ? {} : { values }),
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
    ...(field.childRelationship === undefined ? {} : { children: `${field.childRelationship}__r` }),
    ...(type === 'autonumber' ? { format: field.format ?? '{0}' } : {}),
    ...(type === 'richtext' ? { extra: 'richtextarea' } : {}),
    ...(field.formula === undefined ? {} : { formula: formulaField(field.formula, type, field.scale) }),
    ...(type === 'rollup'
      ? { rollUp: { relation: '', operation: 'count' as const, field: undefined, ...summary, child } }
      : {}),
  };
  return fieldFromLine([field.name, labelOf(field), kindOf(field, type), flags.join(' '), extras]);
}

function labelOf({ name, label }: CustomField): string {
  return label ?? name.replace(/__c$/, '').replaceAll('_', ' ');
}

function kindOf(field: CustomField, type: CustomField['type']): string {
  const { length = 255, precision = 18, scale = type === 'currency' ? 2 : 0 } = field;
  if (type in numberTypes) return `${numberTypes[type]} ${precision} ${scale}`;
  switch (type) {
    case 'text':
      return `string ${length}`;
    case 'textarea':
    case 'picklist':
    case 'url':
      return `${type} ${length}`;
    case 'multipicklist':
      return `multipicklist ${field.length ?? 4099}`;
    case 'email':
      return `email ${field.length ?? 80}`;
    case 'phone':
      return `phone ${field.length ?? 40}`;
    case 'longtext':
    case 'richtext':
      return `textarea ${field.length ?? 32_768}`;
    case 'encrypted':
      return `encryptedstring ${field.length ?? 175}`;
    case 'autonumber':
      return 'string 30';
    case 'rollup':
      return `double 18 ${field.scale ?? (field.summarize?.operation === 'count' ? 0 : 2)}`;
    case 'checkbox':
      return 'boolean';
    case 'masterdetail':
    case 'lookup':
      return `reference ${field.referenceTo ?? 'Account'}`;
    default:
      return type;
  }
}
