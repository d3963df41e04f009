import { z } from 'zod';
import type { FieldDefinition } from '../store/definitions.ts';
import { fieldFromLine } from '../store/field-table.ts';

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
});

export type CustomField = z.infer<typeof customFieldSchema>;

const numberTypes: Readonly<Record<string, string>> = { number: 'double', currency: 'currency', percent: 'percent' };

/** The definition of a custom field. */
export function customField(field: CustomField): FieldDefinition {
  const { type, required, unique, externalId, caseSensitive, restricted, values, defaultValue } = field;
  const flags = Object.entries({ required, unique, externalId, caseSensitive, restricted })
    .filter(([, on]) => on === true)
    .map(([flag]) => flag);
  if (type === 'masterdetail') flags.push('required', 'cascade');
  if (type === 'autonumber') flags.push('readonly');
  const label = field.label ?? field.name.replace(/__c$/, '').replaceAll('_', ' ');
  const extras = {
    ...(values === undefined ? {} : { values }),
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
    ...(field.childRelationship === undefined ? {} : { children: `${field.childRelationship}__r` }),
    ...(type === 'autonumber' ? { format: field.format ?? '{0}' } : {}),
    ...(type === 'richtext' ? { extra: 'richtextarea' } : {}),
  };
  return fieldFromLine([field.name, label, kindOf(field, type), flags.join(' '), extras]);
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
    case 'checkbox':
      return 'boolean';
    case 'masterdetail':
    case 'lookup':
      return `reference ${field.referenceTo ?? 'Account'}`;
    default:
      return type;
  }
}
