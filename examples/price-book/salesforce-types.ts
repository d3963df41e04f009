// Written by `bridge types` from the describe of PricebookEntry. Write it anew when the org's fields change.

/** Fields of PricebookEntry that can be set. */
export type PricebookEntryRow = {
  CurrencyIsoCode?: 'EUR' | 'USD';
  ErpChangeId__c?: string | null;
  ErpKey__c?: string | null;
  Id?: string;
  IsActive?: boolean;
  Pricebook2Id?: string;
  Pricebook2?: { External_Id__c: string };
  Product2Id?: string;
  Product2?: { External_Id__c: string } | { StockKeepingUnit: string };
  UnitPrice?: number;
  UseStandardPrice?: boolean;
};
