import type { FieldDefinition, FieldValue, ObjectDefinition } from './definitions.ts';

interface Numbers {
  nextNumber(key: string): number;
}

/** Fills the auto numbers of a new row. A number is used up even when the row is taken back, as on the platform. */
export function fillAutoNumbers(object: ObjectDefinition, row: Record<string, FieldValue>, numbers: Numbers): void {
  for (const field of object.fields) {
    if (field.autoNumberFormat === null) continue;
    row[field.name] = formatNumber(field.autoNumberFormat, numbers.nextNumber(keyOf(object, field)));
  }
  // A custom object's record without a name of its own is called by its ID.
  if (object.custom && object.kind === 'object' && (row['Name'] ?? null) === null) row['Name'] = row['Id'] ?? null;
}

function keyOf(object: ObjectDefinition, field: FieldDefinition): string {
  return `${object.name}.${field.name}`;
}

function formatNumber(format: string, number: number): string {
  return format.replace(/\{(0+)\}/, (_match, zeros: string) => String(number).padStart(zeros.length, '0'));
}
