import type { RowError } from '../../shared/salesforce/collections.ts';
import { rowIdentity } from './row-identity.ts';

// Recorded from real orgs: "Foreign key external ID: 1580 not found for field Codigo__c in entity User"
const missingParentMessage = /^Foreign key external ID: (.*) not found for field (\w+) in entity (\w+)/i;

/** Identity of the parent that an error says does not exist, undefined for other errors. */
export function missingParentOf({ message }: RowError): string | undefined {
  const [, externalId, field = '', object = ''] = missingParentMessage.exec(message) ?? [];
  return rowIdentity(object, field, externalId);
}
