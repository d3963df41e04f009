import { z } from 'zod';
import type { FieldValue, FormulaField } from '../store/definitions.ts';
import { parseFormula } from './formula.ts';

/** A formula that this org can compute; anything else is refused with the reason. */
export const formulaText = z.string().superRefine((formula, context) => {
  try {
    parseFormula(formula);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
  }
});

const numbers = new Set(['number', 'currency', 'percent']);

/** A formula field whose result has the type of the field. */
export function formulaField(text: string, type: string, scale = 2): FormulaField {
  const formula = parseFormula(text);
  return { text, compute: (row, now) => resultOf(formula({ before: undefined, after: row, now }), type, scale) };
}

function resultOf(value: FieldValue, type: string, scale: number): FieldValue {
  if (type === 'checkbox') return value === true;
  if (value === null || value === '') return null;
  if (!numbers.has(type)) return String(value);
  const number = Number(value);
  // A division by zero shows as an error on the platform and has no value in the API.
  return Number.isFinite(number) ? Number(number.toFixed(scale)) : null;
}
