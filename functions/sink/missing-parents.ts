import type { RowError } from '../../shared/salesforce/collections.ts';
import { identityOf, parentName } from './row-identity.ts';

// Recorded from real orgs: "Foreign key external ID: 1580 not found for field Codigo__c in entity User"
const missingParentMessage = /^Foreign key external ID: (.*) not found for field (\w+) in entity (\w+)/i;

/** Name of the parent that an error says does not exist, undefined for other errors. */
export function missingParentOf({ message }: RowError): string | undefined {
  const [, externalId, field = '', object = ''] = missingParentMessage.exec(message) ?? [];
  return parentName(object, field, externalId);
}

interface Missing {
  readonly error: RowError;
  /** Milliseconds since the epoch; nobody asks again before. */
  readonly until: number;
}

/** Parents that were just found missing, so that not each row that names one costs a call; kept for an invocation. */
export interface MissingParents {
  note(parent: string, missing: Missing): void;
  /** What is known of the first of these parents that is not to be asked for now. */
  find(parents: readonly string[], now: number): Missing | undefined;
  /** Forgets parents that may be there, since a row of this identity was written. */
  forget(identities: readonly string[]): void;
}

export function createMissingParents(): MissingParents {
  // By identity, and then by name: of a case-sensitive field only one of two names may be missing.
  const missing = new Map<string, Map<string, Missing>>();
  const known = (parent: string) => missing.get(identityOf(parent))?.get(parent);
  return {
    note(parent, what) {
      const names = missing.get(identityOf(parent)) ?? new Map<string, Missing>();
      missing.set(identityOf(parent), names.set(parent, what));
    },
    find(parents, now) {
      if (missing.size === 0) return undefined;
      return parents.map(known).find((each) => each !== undefined && each.until > now);
    },
    forget(identities) {
      if (missing.size === 0) return;
      for (const identity of identities) missing.delete(identity);
    },
  };
}
