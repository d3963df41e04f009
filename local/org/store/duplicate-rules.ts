import type { Database } from './database.ts';
import { type FieldValue, findField, type ObjectDefinition, type Row } from './definitions.ts';
import type { DuplicateRule } from './duplicate-rule.ts';
import { type RowError, rowError } from './errors.ts';

type Values = Readonly<Record<string, FieldValue>>;

/** The error of the first rule a row breaks, in the platform's shape (REST guide, `headers_duplicaterules.htm`). */
export function duplicateError(
  database: Database,
  object: ObjectDefinition,
  before: Row | undefined,
  after: Values,
  allowed: boolean,
): RowError | undefined {
  for (const rule of database.duplicateRules) {
    if (rule.object !== object.name || (allowed && rule.action === 'alert')) continue;
    const fields = rule.matchFields.flatMap((name) => findField(object, name)?.name ?? []);
    const isSame = (one: Values, other: Values) =>
      fields.every((name) => (one[name] ?? null) !== null && folded(one[name]) === folded(other[name]));
    // An update is looked at only when it changes what the rule compares.
    if (before !== undefined && isSame(before, after)) continue;
    const matches: Row[] = [];
    for (const row of database.table(object).all()) {
      if (row.Id !== before?.Id && row['IsDeleted'] !== true && isSame(after, row)) matches.push(row);
    }
    if (matches.length > 0) return found(rule, object, matches);
  }
  return undefined;
}

function folded(value: FieldValue | undefined): string {
  return String(value ?? '').toLowerCase();
}

function found({ name, action }: DuplicateRule, object: ObjectDefinition, matches: readonly Row[]): RowError {
  const message = 'Use one of these records?';
  const matchRecords = matches.map(({ Id }) => ({
    additionalInformation: [],
    fieldDiffs: [],
    matchConfidence: 100,
    record: { attributes: { type: object.name }, Id },
  }));
  const matchResult = {
    entityType: object.name,
    errors: [],
    matchEngine: 'ExactMatchEngine',
    matchRecords,
    rule: name,
    size: matches.length,
    success: true,
  };
  // The misspelt name is Salesforce's.
  const duplicateResut = {
    allowSave: action === 'alert',
    duplicateRule: name,
    duplicateRuleEntityType: object.name,
    errorMessage: message,
    matchResults: [matchResult],
  };
  return { ...rowError('DUPLICATES_DETECTED', message), duplicateResut };
}
