import type { FieldLine } from '../field-table.ts';

export const idLines: readonly FieldLine[] = [
  ['Id', 'Record ID', 'id'],
  ['IsDeleted', 'Deleted', 'boolean', 'readonly'],
];

export const auditLines: readonly FieldLine[] = [
  ['CreatedDate', 'Created Date', 'datetime', 'readonly defaulted'],
  ['CreatedById', 'Created By ID', 'reference User', 'readonly defaulted'],
  ['LastModifiedDate', 'Last Modified Date', 'datetime', 'readonly defaulted'],
  ['LastModifiedById', 'Last Modified By ID', 'reference User', 'readonly defaulted'],
  ['SystemModstamp', 'System Modstamp', 'datetime', 'readonly defaulted'],
];

export const viewLines: readonly FieldLine[] = [
  ['LastViewedDate', 'Last Viewed Date', 'datetime', 'readonly'],
  ['LastReferencedDate', 'Last Referenced Date', 'datetime', 'readonly'],
];

export const ownerLine: FieldLine = ['OwnerId', 'Owner ID', 'reference Group,User', 'defaulted'];

const accuracies = [
  'Address',
  'NearAddress',
  'Block',
  'Street',
  'ExtendedZip',
  'Zip',
  'Neighborhood',
  'City',
  'County',
];

/** The parts of a compound address and the compound itself, say `BillingStreet` … `BillingAddress`. */
export function addressLines(prefix: string): readonly FieldLine[] {
  const compound = `${prefix}Address`;
  const label = (part: string): string => (prefix === '' ? part : `${prefix} ${part}`);
  const part = { part: compound };
  return [
    [`${prefix}Street`, label('Street'), 'textarea 255', '', { ...part, extra: 'plaintextarea' }],
    [`${prefix}City`, label('City'), 'string 40', '', part],
    [`${prefix}State`, label('State/Province'), 'string 80', '', part],
    [`${prefix}PostalCode`, label('Zip/Postal Code'), 'string 20', '', part],
    [`${prefix}Country`, label('Country'), 'string 80', '', part],
    [`${prefix}Latitude`, label('Latitude'), 'double 18 15', '', part],
    [`${prefix}Longitude`, label('Longitude'), 'double 18 15', '', part],
    [
      `${prefix}GeocodeAccuracy`,
      label('Geocode Accuracy'),
      'picklist 40',
      'restricted',
      { ...part, values: accuracies },
    ],
    [compound, label('Address'), 'address'],
  ];
}

/** A person's name: the parts can be written, `Name` is put together from them. */
export const personNameLines: readonly FieldLine[] = [
  ['LastName', 'Last Name', 'string 80', 'required', { part: 'Name' }],
  ['FirstName', 'First Name', 'string 40', '', { part: 'Name' }],
  [
    'Salutation',
    'Salutation',
    'picklist 40',
    '',
    { part: 'Name', values: ['Mr.', 'Ms.', 'Mrs.', 'Dr.', 'Prof.', 'Mx.'] },
  ],
  ['Name', 'Full Name', 'string 121', 'readonly required name', { extra: 'personname' }],
];

export const externalIdLine: FieldLine = ['External_Id__c', 'External Id', 'string 80', 'unique externalId'];
