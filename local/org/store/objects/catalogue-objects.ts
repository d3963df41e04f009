import type { ObjectTable } from '../field-table.ts';
import { auditLines, externalIdLine, idLines, viewLines } from './common-lines.ts';

const product: ObjectTable = {
  name: 'Product2',
  label: 'Product',
  labelPlural: 'Products',
  keyPrefix: '01t',
  changeEvents: true,
  fields: [
    ...idLines,
    ['Name', 'Product Name', 'string 255', 'required name'],
    ['ProductCode', 'Product Code', 'string 255'],
    ['Description', 'Product Description', 'textarea 4000', '', { extra: 'plaintextarea' }],
    ['IsActive', 'Active', 'boolean'],
    ['Family', 'Product Family', 'picklist 255', '', { values: ['None', 'Hardware', 'Software', 'Service'] }],
    ['DisplayUrl', 'Display URL', 'url 1000'],
    ['ExternalId', 'External ID', 'string 255'],
    [
      'QuantityUnitOfMeasure',
      'Quantity Unit Of Measure',
      'picklist 255',
      '',
      { values: ['Each', 'Kilogram', 'Litre'] },
    ],
    ['StockKeepingUnit', 'Product SKU', 'string 180', 'unique idLookup'],
    ...auditLines,
    ...viewLines,
    ['IsArchived', 'Archived', 'boolean', 'readonly'],
    externalIdLine,
  ],
};

const priceBook: ObjectTable = {
  name: 'Pricebook2',
  label: 'Price Book',
  labelPlural: 'Price Books',
  keyPrefix: '01s',
  changeEvents: true,
  fields: [
    ...idLines,
    ['Name', 'Price Book Name', 'string 255', 'required name'],
    ['Description', 'Description', 'string 255'],
    ['IsActive', 'Active', 'boolean'],
    ['IsStandard', 'Is Standard Price Book', 'boolean', 'readonly'],
    ...auditLines,
    ...viewLines,
    ['IsArchived', 'Archived', 'boolean', 'readonly'],
    externalIdLine,
  ],
};

const priceBookEntry: ObjectTable = {
  name: 'PricebookEntry',
  label: 'Price Book Entry',
  labelPlural: 'Price Book Entries',
  keyPrefix: '01u',
  changeEvents: true,
  undeletable: false,
  fields: [
    ...idLines,
    ['Name', 'Product Name', 'string 255', 'readonly name'],
    [
      'Pricebook2Id',
      'Price Book ID',
      'reference Pricebook2',
      'required createonly cascade',
      { relationship: 'Pricebook2' },
    ],
    ['Product2Id', 'Product ID', 'reference Product2', 'required createonly cascade', { relationship: 'Product2' }],
    ['UnitPrice', 'List Price', 'currency 18 2', 'required'],
    ['IsActive', 'Active', 'boolean'],
    ['UseStandardPrice', 'Use Standard Price', 'boolean'],
    ['ProductCode', 'Product Code', 'string 255', 'readonly'],
    ...auditLines,
    ['IsArchived', 'Archived', 'boolean', 'readonly'],
    ['ErpKey__c', 'ERP Key', 'string 80', 'unique externalId'],
    ['ErpChangeId__c', 'ERP Change Id', 'string 255'],
  ],
};

export const catalogueObjects: readonly ObjectTable[] = [product, priceBook, priceBookEntry];
