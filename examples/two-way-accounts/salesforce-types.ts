// Written by `bridge types` from the describe of Account. Write it anew when the org's fields change.

/** Fields of Account that can be set. */
export type AccountRow = {
  AccountNumber?: string | null;
  AccountSource?: string | null;
  AnnualRevenue?: number | null;
  BillingCity?: string | null;
  BillingCountry?: string | null;
  BillingGeocodeAccuracy?: 'Address' | 'NearAddress' | 'Block' | 'Street' | 'ExtendedZip' | 'Zip' | 'Neighborhood' | 'City' | 'County' | null;
  BillingLatitude?: number | null;
  BillingLongitude?: number | null;
  BillingPostalCode?: string | null;
  BillingState?: string | null;
  BillingStreet?: string | null;
  Changed_At__c?: string | null;
  Description?: string | null;
  Erp_Number__c?: string | null;
  External_Id__c?: string | null;
  Fax?: string | null;
  Id?: string;
  Industry?: string | null;
  Jigsaw?: string | null;
  Name?: string;
  NumberOfEmployees?: number | null;
  OwnerId?: string;
  Owner?: { DeveloperName: string } | { Email: string } | { FederationIdentifier: string } | { Username: string };
  Ownership?: string | null;
  ParentId?: string | null;
  Parent?: { Erp_Number__c: string } | { External_Id__c: string };
  Phone?: string | null;
  Rating?: string | null;
  Region__c?: string | null;
  ShippingCity?: string | null;
  ShippingCountry?: string | null;
  ShippingGeocodeAccuracy?: 'Address' | 'NearAddress' | 'Block' | 'Street' | 'ExtendedZip' | 'Zip' | 'Neighborhood' | 'City' | 'County' | null;
  ShippingLatitude?: number | null;
  ShippingLongitude?: number | null;
  ShippingPostalCode?: string | null;
  ShippingState?: string | null;
  ShippingStreet?: string | null;
  Sic?: string | null;
  SicDesc?: string | null;
  Site?: string | null;
  TickerSymbol?: string | null;
  Type?: string | null;
  Website?: string | null;
};
