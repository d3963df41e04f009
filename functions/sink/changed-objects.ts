import { asBridgeError, BridgeError } from '../../shared/errors/bridge-error.ts';
import type { WriteOutcome } from './row-outcome.ts';
import type { RowWrite } from './row-write.ts';

/** Objects that changed since a round's rows were prepared by them: their refusals say nothing of the rows. */
export interface ChangedObjects {
  /** Asks the org, if need be; it is not asked twice within a minute. */
  hasChanged(object: string): Promise<boolean>;
  /** Asks for the objects of which rows were refused as if they were prepared for another one. */
  noteRefusals(outcomes: ReadonlyMap<RowWrite, WriteOutcome>): Promise<void>;
  /** Whether the row was refused for what is known to have changed. */
  explain(write: RowWrite, outcome: WriteOutcome): boolean;
}

/** @param refresh asks the org for an object's fields again; true when they are others than was thought. */
export function createChangedObjects(refresh: (object: string) => Promise<boolean>): ChangedObjects {
  const changed = new Set<string>();

  async function hasChanged(object: string): Promise<boolean> {
    try {
      if (!changed.has(object) && (await refresh(object))) changed.add(object);
    } catch (thrown) {
      if (asBridgeError(thrown).code === 'SKB_BUG') throw thrown;
      // It may have changed, so its rows come again; what was written beside them stays written.
      changed.add(object);
    }
    return changed.has(object);
  }

  return {
    hasChanged,
    async noteRefusals(outcomes) {
      const suspects = new Set<string>();
      outcomes.forEach((outcome, { object }) => {
        if (mayBeOutdated(outcome)) suspects.add(object);
      });
      for (const object of suspects) await hasChanged(object);
    },
    explain: ({ object }, outcome) => outcome.kind === 'outdated' || (mayBeOutdated(outcome) && changed.has(object)),
  };
}

const outdatedCodes = new Set([
  'INVALID_FIELD',
  'INVALID_FIELD_FOR_INSERT_UPDATE',
  'INVALID_TYPE_ON_FIELD_IN_RECORD',
  'JSON_PARSER_ERROR',
]);

/** Whether a field that was removed, hidden or given another type explains the refusal of a row, or of a call that it spoilt. */
function mayBeOutdated(outcome: WriteOutcome): boolean {
  return outcome.kind === 'refused' && outcome.disposition === 'reject' && outdatedCodes.has(outcome.error.statusCode);
}

/** Why such a row goes back. */
export function outdated({ object }: RowWrite): BridgeError {
  return new BridgeError('SKB_SALESFORCE_UNAVAILABLE', `Fields of ${object} changed while a row of it was on its way`);
}
