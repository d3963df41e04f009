// Written by `bridge types` from the describe of Order_Placed__e. Write it anew when the org's fields change.

/** Fields of Order_Placed__e that can be set. */
export type Order_Placed__eRow = {
  Currency__c?: string | null;
  Customer__c?: string | null;
  Lines__c?: string | null;
  Order_Number__c?: string | null;
  Placed_At__c?: string | null;
  Total__c?: number | null;
};
