import type { WriteOutcome } from './row-outcome.ts';
import type { RowWrite } from './row-write.ts';

// Refusals that a look-up tells before Salesforce is asked to write, in its own words.

export function noSuchRow({ object, keyField }: RowWrite): WriteOutcome {
  return refused('NOT_FOUND', `No ${object} has this ${keyField}`, keyField);
}

export function ambiguousKey({ object, keyField }: RowWrite): WriteOutcome {
  return refused('DUPLICATE_EXTERNAL_ID', `More than one ${object} has this ${keyField}`, keyField);
}

function refused(statusCode: string, message: string, keyField = 'Id'): WriteOutcome {
  return { kind: 'refused', disposition: 'reject', error: { statusCode, message, fields: [keyField] } };
}
