import type { Clock } from '../clock.ts';
import type { CompiledFlow } from '../metadata/flows.ts';
import { type FieldValue, findField, type ObjectDefinition, type Row } from './definitions.ts';
import { type RowError, rowError } from './errors.ts';
import { coerceValue } from './values.ts';

/** Lets the flows of an object set fields of a row before it is saved; answers why it cannot be saved. */
export function runFlows(
  { flows, clock }: { readonly flows: readonly CompiledFlow[]; readonly clock: Pick<Clock, 'now'> },
  object: ObjectDefinition,
  before: Row | undefined,
  after: Record<string, FieldValue>,
): readonly RowError[] {
  for (const flow of flows) {
    const input = { before, after, now: clock.now() };
    if (flow.object !== object.name || flow.when(input) !== true) continue;
    for (const [name, value] of flow.set) {
      const field = findField(object, name);
      const coerced = field === undefined ? undefined : coerceValue(field, value(input));
      if (field === undefined || coerced === undefined || 'error' in coerced) return [failed(flow.name, name)];
      after[field.name] = coerced.value;
    }
  }
  return [];
}

/** The status code is the platform's, the end of the text is ours. */
function failed(flow: string, field: string): RowError {
  return rowError(
    'CANNOT_EXECUTE_FLOW_TRIGGER',
    `We can't save this record because the “${flow}” process failed. Give your Salesforce admin these details. The flow cannot set ${field}.`,
  );
}
