import { type FieldDefinition, isCompound, type ObjectDefinition } from '../../store/definitions.ts';
import type { ChildReference } from '../../store/schema.ts';
import { childRelationshipName } from '../../store/soql/child-relationships.ts';

const soapTypes: Readonly<Record<string, string>> = {
  id: 'tns:ID',
  reference: 'tns:ID',
  boolean: 'xsd:boolean',
  int: 'xsd:int',
  double: 'xsd:double',
  currency: 'xsd:double',
  percent: 'xsd:double',
  date: 'xsd:date',
  datetime: 'xsd:dateTime',
  time: 'xsd:time',
  address: 'urn:address',
  location: 'urn:location',
};

const textTypes = new Set(['string', 'textarea', 'email', 'phone', 'url', 'picklist', 'multipicklist', 'combobox']);
const numberTypes = new Set(['int', 'double', 'currency', 'percent']);

const masterRecordType = '012000000000000AAA';

/** One field of a describe, with every key a real one has. */
export function fieldJson(field: FieldDefinition) {
  const { type, length } = field;
  const compound = isCompound(field);
  const text = textTypes.has(type);
  const long = type === 'textarea' && length > 255;
  return {
    aggregatable: !compound && !long,
    aiPredictionField: false,
    autoNumber: field.autoNumberFormat !== null,
    // Text may take three bytes a character in the API's encoding.
    byteLength: text ? 3 * length : length,
    calculated: field.calculated,
    calculatedFormula: field.formula?.text ?? null,
    cascadeDelete: field.cascadeDelete,
    caseSensitive: field.caseSensitive,
    compoundFieldName: field.compoundFieldName,
    controllerName: null,
    createable: field.createable,
    custom: field.custom,
    defaultValue: type === 'boolean' ? field.defaultValue : null,
    defaultValueFormula: null,
    defaultedOnCreate: field.defaultedOnCreate,
    dependentPicklist: false,
    deprecatedAndHidden: false,
    digits: field.digits,
    displayLocationInDecimal: type === 'double' && /(?:Latitude|Longitude)(?:__s)?$/.test(field.name),
    encrypted: false,
    externalId: field.externalId,
    extraTypeInfo: field.extraTypeInfo,
    filterable: field.filterable,
    filteredLookupInfo: null,
    formulaTreatNullNumberAsZero: false,
    groupable: !numberTypes.has(type) && !compound && type !== 'datetime' && !long,
    highScaleNumber: false,
    htmlFormatted: field.htmlFormatted,
    idLookup: field.idLookup,
    inlineHelpText: null,
    label: field.label,
    length,
    mask: null,
    maskType: null,
    name: field.name,
    nameField: field.nameField,
    namePointing: field.referenceTo.length > 1,
    nillable: field.nillable,
    permissionable: field.createable && field.nillable,
    picklistValues: field.picklistValues.map((value) => ({
      active: true,
      defaultValue: value === field.defaultValue,
      label: value,
      validFor: null,
      value,
    })),
    polymorphicForeignKey: field.referenceTo.length > 1,
    precision: field.precision,
    queryByDistance: compound,
    referenceTargetField: null,
    referenceTo: field.referenceTo,
    relationshipName: field.relationshipName,
    relationshipOrder: null,
    restrictedDelete: false,
    restrictedPicklist: field.restrictedPicklist,
    scale: field.scale,
    searchPrefilterable: type === 'reference',
    soapType: soapTypes[type] ?? 'xsd:string',
    sortable: !compound && !long,
    type,
    unique: field.unique,
    updateable: field.updateable,
    writeRequiresMasterRead: false,
  };
}

/** The entry of an object in the global describe, which is also the head of its own describe. */
export function objectJson(object: ObjectDefinition, base: string) {
  const url = `${base}/sobjects/${object.name}`;
  return {
    activateable: false,
    associateEntityType: null,
    associateParentEntity: null,
    createable: object.createable,
    custom: object.custom,
    customSetting: false,
    deepCloneable: false,
    deletable: object.deletable,
    deprecatedAndHidden: false,
    feedEnabled: false,
    hasSubtypes: false,
    isInterface: false,
    isSubtype: false,
    keyPrefix: object.keyPrefix,
    label: object.label,
    labelPlural: object.labelPlural,
    layoutable: object.createable,
    mergeable: ['Account', 'Contact', 'Lead'].includes(object.name),
    mruEnabled: object.createable,
    name: object.name,
    queryable: true,
    replicateable: true,
    retrieveable: true,
    searchable: object.createable,
    triggerable: object.createable,
    undeletable: object.undeletable,
    updateable: object.updateable,
    urls: { rowTemplate: `${url}/{ID}`, describe: `${url}/describe`, sobject: url },
  };
}

/** Every object has the master record type; it is the default where there is no other. */
function recordTypeInfos({ name, kind, recordTypes }: ObjectDefinition, base: string) {
  if (kind === 'platformEvent') return [];
  const master = { id: masterRecordType, developerName: 'Master', name: 'Master', active: true };
  const hasDefault = recordTypes.some(({ isDefault }) => isDefault);
  return [...recordTypes, { ...master, isDefault: !hasDefault }].map((type) => ({
    active: type.active,
    available: type.active,
    defaultRecordTypeMapping: type.isDefault,
    developerName: type.developerName,
    master: type.id === masterRecordType,
    name: type.name,
    recordTypeId: type.id,
    urls: { layout: `${base}/sobjects/${name}/describe/layouts/${type.id}` },
  }));
}

export function describeJson(object: ObjectDefinition, children: readonly ChildReference[], base: string) {
  return {
    actionOverrides: [],
    ...objectJson(object, base),
    childRelationships: children.map(({ child, field }) => ({
      cascadeDelete: field.cascadeDelete,
      childSObject: child.name,
      deprecatedAndHidden: false,
      field: field.name,
      junctionIdListNames: [],
      junctionReferenceTo: [],
      relationshipName: childRelationshipName(child, field) ?? null,
      restrictedDelete: false,
    })),
    compactLayoutable: object.createable,
    defaultImplementation: null,
    extendedBy: null,
    extendsInterfaces: null,
    fields: object.fields.map(fieldJson),
    implementedBy: null,
    implementsInterfaces: null,
    listviewable: null,
    lookupLayoutable: null,
    namedLayoutInfos: [],
    networkScopeFieldName: null,
    recordTypeInfos: recordTypeInfos(object, base),
    searchLayoutable: object.createable,
    sobjectDescribeOption: 'FULL',
    supportedScopes: [{ label: `All ${object.labelPlural}`, name: 'everything' }],
  };
}
