import { z } from 'zod';
import { channelSchema, platformEventSchema } from './seed-events.ts';
import { appSchema, refreshTokenSchema, userSchema } from './seed-logins.ts';
import { settingsSchema } from './settings-schema.ts';
import type { FieldDefinition } from './store/definitions.ts';
import { fieldFromLine } from './store/field-table.ts';

const customFieldSchema = z.strictObject({
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
  /** Object a lookup points to. */
  referenceTo: z.string().optional(),
  defaultValue: z.union([z.string(), z.number(), z.boolean()]).optional(),
});

/** A seed file. Everything in it is added to the default seed; apps and users of the same name replace the default ones. */
export const seedSchema = z.strictObject({
  apps: z.array(appSchema).default([]),
  users: z.array(userSchema).default([]),
  refreshTokens: z.array(refreshTokenSchema).default([]),
  /** Fields to add, by object name. */
  customFields: z.record(z.string(), z.array(customFieldSchema)).default({}),
  platformEvents: z.array(platformEventSchema(customFieldSchema)).default([]),
  channels: z.array(channelSchema).default([]),
  /** Rows to create, by object name, as in a REST create; parents may be named by external ID. */
  rows: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))).default({}),
  settings: settingsSchema.default({}),
});

export type Seed = z.infer<typeof seedSchema>;
/** A seed as one writes it: every part may be left out. */
export type SeedInput = z.input<typeof seedSchema>;
type CustomField = z.infer<typeof customFieldSchema>;

/** Thrown with all problems of a seed at once, one a line. */
export class SeedError extends Error {
  override readonly name = 'SeedError';

  constructor(problems: readonly string[]) {
    super(`The seed cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

export function parseSeed(input: unknown): Seed {
  const parsed = seedSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new SeedError(
    parsed.error.issues.map(({ path, message }) => `${path.join('.') || '(whole file)'}: ${message}`),
  );
}

/** Adds a seed to the default one. Rows of both are kept, the default ones first. */
export function mergeSeeds(base: Seed, added: Seed): Seed {
  const rows: Record<string, Record<string, unknown>[]> = { ...base.rows };
  for (const [object, list] of Object.entries(added.rows)) rows[object] = [...(rows[object] ?? []), ...list];
  const customFields: Record<string, CustomField[]> = { ...base.customFields };
  for (const [object, list] of Object.entries(added.customFields)) {
    const names = new Set(list.map((field) => field.name));
    customFields[object] = [...(customFields[object] ?? []).filter((field) => !names.has(field.name)), ...list];
  }
  const appNames = new Set(added.apps.map((app) => app.name));
  const usernames = new Set(added.users.map((user) => user.username));
  return {
    // The added ones come first: the first app and user are those the org prints.
    apps: [...added.apps, ...base.apps.filter((app) => !appNames.has(app.name))],
    users: [...added.users, ...base.users.filter((user) => !usernames.has(user.username))],
    refreshTokens: [...base.refreshTokens, ...added.refreshTokens],
    customFields,
    platformEvents: [...base.platformEvents, ...added.platformEvents],
    channels: [...base.channels, ...added.channels],
    rows,
    settings: { ...base.settings, ...added.settings },
  };
}

const numberTypes: Readonly<Record<string, string>> = { number: 'double', currency: 'currency', percent: 'percent' };

/** The definition of a custom field. */
export function customField(field: CustomField): FieldDefinition {
  const { type, required, unique, externalId, caseSensitive, restricted, values, defaultValue } = field;
  const flags = Object.entries({ required, unique, externalId, caseSensitive, restricted })
    .filter(([, on]) => on === true)
    .map(([flag]) => flag);
  const label = field.label ?? field.name.replace(/__c$/, '').replaceAll('_', ' ');
  const extras = {
    ...(values === undefined ? {} : { values }),
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
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
    case 'checkbox':
      return 'boolean';
    case 'lookup':
      return `reference ${field.referenceTo ?? 'Account'}`;
    default:
      return type;
  }
}
