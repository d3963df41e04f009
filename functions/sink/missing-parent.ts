import type { RowError } from '../../shared/salesforce/collections.ts';
import type { RowFields } from '../../shared/transform/step.ts';

// Recorded from real orgs: "Foreign key external ID: 1580 not found for field Codigo__c in entity User"
const missingParentMessage = /^Foreign key external ID: (.*) not found for field (\w+) in entity (\w+)/i;

/** Identity of the parent that an error says does not exist, undefined for other errors. */
export function missingParentOf(error: RowError): string | undefined {
  const match = missingParentMessage.exec(error.message);
  return match === null ? undefined : identityOf(match[2] ?? '', match[1] ?? '');
}

interface NamedParent {
  readonly identity: string;
  /** What Salesforce answered for this parent, in its own words. */
  readonly asRowError: RowError;
}

/** The parents that a row names by external ID. */
export function parentsOf(fields: RowFields): NamedParent[] {
  return Object.entries(fields).flatMap(([relationship, value]) => {
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).map(([field, externalId]) => ({
      identity: identityOf(field, String(externalId)),
      asRowError: {
        statusCode: 'INVALID_FIELD',
        message: `Foreign key external ID: ${externalId} not found for field ${field} in entity ${relationship}`,
        fields: [],
      },
    }));
  });
}

function identityOf(field: string, externalId: string): string {
  return `${field}=${externalId}`.toLowerCase();
}
