import { z } from 'zod';
import type { ObjectDefinition, RecordTypeDefinition } from '../store/definitions.ts';
import { type FieldLine, objectFromTable } from '../store/field-table.ts';
import { auditLines, idLines, ownerLine } from '../store/objects/common-lines.ts';
import { customFieldSchema, customFields } from './custom-field.ts';
import { recordTypeLine } from './record-types.ts';

/** A custom object as a seed describes it. */
export const customObjectSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z]\w*__c$/, 'a custom object name ends in __c'),
  /** @default the name without __c and underscores */
  label: z.string().optional(),
  /** @default the label with an s */
  pluralLabel: z.string().optional(),
  nameField: z
    .strictObject({
      type: z.enum(['text', 'autonumber']).default('text'),
      label: z.string().optional(),
      /** Of an auto number, say `A-{0000}`. */
      format: z.string().optional(),
    })
    .optional(),
  /** Selected for Change Data Capture. */
  changeEvents: z.boolean().default(true),
  fields: z.array(customFieldSchema).default([]),
});

export type CustomObject = z.infer<typeof customObjectSchema>;

/** `keyPrefix`: `a00`, `a01`, … in the order the objects were made. */
export function customObject(
  object: CustomObject,
  keyPrefix: string,
  recordTypes: readonly RecordTypeDefinition[] = [],
): ObjectDefinition {
  const { nameField } = object;
  const nameLabel = nameField?.label ?? `${labelOf(object)} Name`;
  const nameLine: FieldLine =
    nameField?.type === 'autonumber'
      ? ['Name', nameLabel, 'string 80', 'readonly defaulted name', { format: nameField.format ?? '{0}' }]
      : ['Name', nameLabel, 'string 80', 'defaulted name'];
  // The owner of a detail record is that of its master.
  const owner = object.fields.some((field) => field.type === 'masterdetail') ? [] : [ownerLine];
  const kinds = recordTypes.length === 0 ? [] : [recordTypeLine(recordTypes)];
  const lines = [...idLines, ...owner, nameLine, ...kinds, ...auditLines, lastActivity];
  const label = labelOf(object);
  const table = { name: object.name, label, labelPlural: object.pluralLabel ?? `${label}s`, keyPrefix };
  return objectFromTable(
    { ...table, changeEvents: object.changeEvents, fields: lines, recordTypes },
    object.fields.flatMap(customFields),
  );
}

const lastActivity: FieldLine = ['LastActivityDate', 'Last Activity Date', 'date', 'readonly'];

function labelOf({ name, label }: { readonly name: string; readonly label?: string | undefined }): string {
  return label ?? name.replace(/__\w+$/, '').replaceAll('_', ' ');
}
