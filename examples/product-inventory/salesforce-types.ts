// Written by `bridge types` from the describe of Product2. Write it anew when the org's fields change.

/** Fields of Product2 that can be set. */
export type Product2Row = {
  Description?: string | null;
  DisplayUrl?: string | null;
  External_Id__c?: string | null;
  ExternalId?: string | null;
  Family?: string | null;
  Id?: string;
  IsActive?: boolean;
  Name?: string;
  ProductCode?: string | null;
  QuantityUnitOfMeasure?: string | null;
  Sku__c?: string | null;
  Stock__c?: number | null;
  Stock_By_Warehouse__c?: string | null;
  StockKeepingUnit?: string | null;
};
