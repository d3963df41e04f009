import { z } from 'zod';
import { type CustomField, customFieldSchema } from './metadata/custom-field.ts';
import { customObjectSchema } from './metadata/custom-object.ts';
import { flowSchema } from './metadata/flows.ts';
import { recordTypeSchema } from './metadata/record-types.ts';
import { validationRuleSchema } from './metadata/validation-rules.ts';
import { channelSchema, platformEventSchema } from './seed-events.ts';
import { appSchema, refreshTokenSchema, userSchema } from './seed-logins.ts';
import { settingsSchema } from './settings-schema.ts';

import { duplicateRuleSchema } from './store/duplicate-rule.ts';

/** A seed file. Everything in it is added to the default seed; apps and users of the same name replace the default ones. */
export const seedSchema = z.strictObject({
  apps: z.array(appSchema).default([]),
  users: z.array(userSchema).default([]),
  refreshTokens: z.array(refreshTokenSchema).default([]),
  /** Fields to add, by object name. */
  customFields: z.record(z.string(), z.array(customFieldSchema)).default({}),
  platformEvents: z.array(platformEventSchema(customFieldSchema)).default([]),
  channels: z.array(channelSchema).default([]),
  objects: z.array(customObjectSchema).default([]),
  validationRules: z.array(validationRuleSchema).default([]),
  duplicateRules: z.array(duplicateRuleSchema).default([]),
  flows: z.array(flowSchema).default([]),
  recordTypes: z.array(recordTypeSchema).default([]),
  /** Currencies of a multi-currency org, its own first: objects with amounts then have a CurrencyIsoCode. */
  currencies: z.array(z.string().regex(/^[A-Z]{3}$/, 'a currency is three capital letters')).default([]),
  /** Standard objects to select for Change Data Capture, beside those that are. */
  changeEvents: z.array(z.string()).default([]),
  /** Rows to create, by object name, as in a REST create; parents may be named by external ID. */
  rows: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))).default({}),
  settings: settingsSchema.default({}),
});

export type Seed = z.infer<typeof seedSchema>;
/** A seed as one writes it: every part may be left out. */
export type SeedInput = z.input<typeof seedSchema>;

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
    objects: byName(base.objects, added.objects),
    platformEvents: byName(base.platformEvents, added.platformEvents),
    channels: byName(base.channels, added.channels),
    validationRules: [...base.validationRules, ...added.validationRules],
    duplicateRules: [...base.duplicateRules, ...added.duplicateRules],
    flows: [...base.flows, ...added.flows],
    recordTypes: [...base.recordTypes, ...added.recordTypes],
    changeEvents: [...base.changeEvents, ...added.changeEvents],
    currencies: [...base.currencies, ...added.currencies],
    rows,
    settings: { ...base.settings, ...added.settings },
  };
}

/** Both lists; of one name the added one counts. */
function byName<T extends { readonly name: string }>(base: readonly T[], added: readonly T[]): T[] {
  const names = new Set(added.map((item) => item.name));
  return [...base.filter((item) => !names.has(item.name)), ...added];
}
