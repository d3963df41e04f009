import type { ObjectTable } from '../field-table.ts';
import { addressLines, auditLines, personNameLines } from './common-lines.ts';

const user: ObjectTable = {
  name: 'User',
  label: 'User',
  labelPlural: 'Users',
  keyPrefix: '005',
  deletable: false,
  personName: true,
  fields: [
    ['Id', 'User ID', 'id'],
    ['Username', 'Username', 'string 80', 'required unique idLookup'],
    ...personNameLines.filter(([name]) => name !== 'Salutation'),
    ['CompanyName', 'Company Name', 'string 80'],
    ['Division', 'Division', 'string 80'],
    ['Department', 'Department', 'string 80'],
    ['Title', 'Title', 'string 80'],
    ...addressLines(''),
    ['Email', 'Email', 'email 128', 'required idLookup'],
    ['Phone', 'Phone', 'phone 40'],
    ['MobilePhone', 'Mobile', 'phone 40'],
    ['Alias', 'Alias', 'string 8', 'required'],
    ['IsActive', 'Active', 'boolean'],
    [
      'TimeZoneSidKey',
      'Time Zone',
      'picklist 40',
      'required',
      { values: ['GMT', 'Europe/Berlin', 'America/Los_Angeles'] },
    ],
    ['LocaleSidKey', 'Locale', 'picklist 40', 'required', { values: ['en_US', 'de_DE'] }],
    ['EmailEncodingKey', 'Email Encoding', 'picklist 40', 'required', { values: ['UTF-8', 'ISO-8859-1'] }],
    ['LanguageLocaleKey', 'Language', 'picklist 40', 'required', { values: ['en_US', 'de'] }],
    ['UserType', 'User Type', 'picklist 40', 'readonly', { values: ['Standard'], default: 'Standard' }],
    ['ProfileId', 'Profile ID', 'reference Profile', 'defaulted'],
    ['FederationIdentifier', 'SAML Federation ID', 'string 512', 'unique idLookup caseSensitive'],
    ...auditLines,
  ],
};

const organization: ObjectTable = {
  name: 'Organization',
  label: 'Organization',
  labelPlural: 'Organizations',
  keyPrefix: '00D',
  createable: false,
  deletable: false,
  fields: [
    ['Id', 'Organization ID', 'id'],
    ['Name', 'Name', 'string 80', 'name required'],
    ['InstanceName', 'Instance Name', 'string 5', 'readonly'],
    ['IsSandbox', 'Is Sandbox', 'boolean', 'readonly'],
    ['IsReadOnly', 'Is Read Only', 'boolean', 'readonly'],
    ['NamespacePrefix', 'Namespace Prefix', 'string 15', 'readonly'],
    ['TrialExpirationDate', 'Trial Expiration Date', 'datetime', 'readonly'],
    ['TimeZoneSidKey', 'Time Zone', 'picklist 40', 'readonly'],
    ['DefaultLocaleSidKey', 'Locale', 'picklist 40', 'readonly'],
    ['LanguageLocaleKey', 'Language', 'picklist 40', 'readonly'],
    ['FiscalYearStartMonth', 'Fiscal Year Starts In', 'int 9', 'readonly'],
    ['OrganizationType', 'Edition', 'picklist 40', 'readonly', { values: ['Developer Edition', 'Enterprise Edition'] }],
    ...auditLines,
  ],
};

const pushTopic: ObjectTable = {
  name: 'PushTopic',
  label: 'Push Topic',
  labelPlural: 'Push Topics',
  keyPrefix: '0IF',
  undeletable: false,
  fields: [
    ['Id', 'Push Topic ID', 'id'],
    ['Name', 'Topic Name', 'string 25', 'required unique name'],
    ['Query', 'SOQL Query', 'string 1300', 'required'],
    ['ApiVersion', 'API Version', 'double 4 1', 'required'],
    ['IsActive', 'Is Active', 'boolean', '', { default: true }],
    [
      'NotifyForFields',
      'Notify For Fields',
      'picklist 40',
      'defaulted restricted',
      { values: ['Referenced', 'All', 'Select', 'Where'], default: 'Referenced' },
    ],
    [
      'NotifyForOperations',
      'Notify For Operations',
      'picklist 40',
      'readonly',
      { values: ['All', 'Create', 'Extended', 'Update'] },
    ],
    ['Description', 'Description', 'textarea 400'],
    ['NotifyForOperationCreate', 'Create', 'boolean', '', { default: true }],
    ['NotifyForOperationUpdate', 'Update', 'boolean', '', { default: true }],
    ['NotifyForOperationDelete', 'Delete', 'boolean', '', { default: true }],
    ['NotifyForOperationUndelete', 'Undelete', 'boolean', '', { default: true }],
    ['IsDeleted', 'Deleted', 'boolean', 'readonly'],
    ...auditLines,
  ],
};

const streamingChannel: ObjectTable = {
  name: 'StreamingChannel',
  label: 'Streaming Channel',
  labelPlural: 'Streaming Channels',
  keyPrefix: '0M6',
  undeletable: false,
  fields: [
    ['Id', 'Streaming Channel ID', 'id'],
    ['OwnerId', 'Owner ID', 'reference User', 'defaulted'],
    ['IsDeleted', 'Deleted', 'boolean', 'readonly'],
    ['Name', 'Streaming Channel Name', 'string 80', 'required unique idLookup name'],
    ...auditLines,
    ['IsDynamic', 'Is Dynamic', 'boolean', 'readonly'],
    ['Description', 'Description', 'textarea 255'],
  ],
};

const profile: ObjectTable = {
  name: 'Profile',
  label: 'Profile',
  labelPlural: 'Profile',
  keyPrefix: '00e',
  createable: false,
  deletable: false,
  fields: [
    ['Id', 'Profile ID', 'id'],
    ['Name', 'Name', 'string 255', 'name required'],
    ['UserType', 'User Type', 'picklist 40', 'readonly', { values: ['Standard'], default: 'Standard' }],
    ...auditLines,
  ],
};

const recordType: ObjectTable = {
  name: 'RecordType',
  label: 'Record Type',
  labelPlural: 'Record Types',
  keyPrefix: '012',
  createable: false,
  deletable: false,
  fields: [
    ['Id', 'Record Type ID', 'id'],
    ['Name', 'Name', 'string 80', 'name required'],
    ['DeveloperName', 'Record Type Name', 'string 80', 'required idLookup'],
    ['NamespacePrefix', 'Namespace Prefix', 'string 15'],
    ['Description', 'Description', 'string 255'],
    ['BusinessProcessId', 'Business Process ID', 'string 18'],
    ['SobjectType', 'SObject Type Name', 'picklist 40', 'required'],
    ['IsActive', 'Active', 'boolean'],
    ...auditLines,
  ],
};

export const systemObjects: readonly ObjectTable[] = [
  user,
  organization,
  profile,
  pushTopic,
  streamingChannel,
  recordType,
];
