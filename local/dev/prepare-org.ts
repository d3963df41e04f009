import type { Catalogue } from '../sample/price-updates.ts';
import type { OrgHands } from './org-hands.ts';

/** Brings an org to where the price load starts: products, a marked standard price book, prices for some products. */
export async function prepareOrg(org: OrgHands, { products, prices }: Catalogue): Promise<void> {
  const [standard] = await org.query('SELECT Id FROM Pricebook2 WHERE IsStandard = true LIMIT 1');
  if (standard === undefined) throw new Error('The org has no standard price book');
  await org.update('Pricebook2', [{ Id: String(standard['Id']), External_Id__c: 'standard', IsActive: true }]);
  await org.upsert(
    'Product2',
    'External_Id__c',
    products.map((product) => ({ External_Id__c: product, Name: `Product ${product}`, IsActive: true })),
  );
  const existing = await org.query('SELECT ErpKey__c FROM PricebookEntry WHERE ErpKey__c != null');
  const priced = new Set(existing.map((row) => String(row['ErpKey__c'])));
  await org.create(
    'PricebookEntry',
    prices
      .filter(({ product }) => !priced.has(product))
      .map(({ product, unitPrice }) => ({
        ErpKey__c: product,
        UnitPrice: unitPrice,
        IsActive: true,
        Product2: { External_Id__c: product },
        Pricebook2: { External_Id__c: 'standard' },
      })),
  );
}
