import type { LoadRecord, Recipe, RecipeOrgs } from '../../local/dev/recipe.ts';
import { seededRandom } from '../../local/sample/random.ts';

const topic = 'erp.prices';
const books = ['standard', 'wholesale'];
const currencies = ['EUR', 'USD'];
const productCount = 1_250;
const newProductCount = 50;

interface Entry {
  readonly product: string;
  readonly book: string;
  readonly currency: string;
}

/** Entries of all products in all books and currencies, the standard ones first. */
function entriesOf(first: number, count: number): Entry[] {
  const products = Array.from({ length: count }, (_, index) => `P-${String(first + index).padStart(5, '0')}`);
  return products.flatMap((product) =>
    books.flatMap((book) => currencies.map((currency) => ({ product, book, currency }))),
  );
}

const keyOf = ({ product, book, currency }: Entry) => `${book}/${product}/${currency}`;
const existing = entriesOf(0, productCount);
const missing = entriesOf(productCount, newProductCount);

/** Prices in cents that the org holds before, from 200.00 on, so that one cent is less than 0.01 %. */
function startPrices(): Map<string, number> {
  const random = seededRandom(7);
  return new Map(existing.map((entry) => [keyOf(entry), 20_000 + Math.floor(random() * 80_000)]));
}

/** One real change and one of a cent for every existing entry; both for entries that do not exist when asked for. */
export function priceUpdates({ withNew }: { withNew: boolean }): { entry: Entry; cents: number }[] {
  const random = seededRandom(8);
  const start = startPrices();
  const real = (entry: Entry) => ({
    entry,
    cents: Math.round((start.get(keyOf(entry)) ?? 50_000) * (1.01 + random() / 10)),
  });
  const changes = [...existing, ...(withNew ? missing : [])].map(real);
  return [...changes, ...changes.map(({ entry, cents }) => ({ entry, cents: cents + 1 }))];
}

export async function prepare({ main }: RecipeOrgs): Promise<void> {
  if (main === undefined) return;
  const [standard] = await main.query('SELECT Id FROM Pricebook2 WHERE IsStandard = true');
  await main.update('Pricebook2', [{ Id: String(standard?.['Id']), External_Id__c: 'standard', IsActive: true }]);
  await main.upsert('Pricebook2', 'External_Id__c', [
    { External_Id__c: 'wholesale', Name: 'Wholesale', IsActive: true },
  ]);
  const products = [...new Set([...existing, ...missing].map(({ product }) => product))];
  await main.upsert(
    'Product2',
    'External_Id__c',
    products.map((product) => ({ External_Id__c: product, Name: `Product ${product}`, IsActive: true })),
  );
  const prices = startPrices();
  const row = (entry: Entry) => ({
    ErpKey__c: keyOf(entry),
    UnitPrice: (prices.get(keyOf(entry)) ?? 0) / 100,
    IsActive: true,
    CurrencyIsoCode: entry.currency,
    Product2: { External_Id__c: entry.product },
    Pricebook2: { External_Id__c: entry.book },
  });
  for (const book of books) {
    await main.create('PricebookEntry', existing.filter((entry) => entry.book === book).map(row));
  }
}

/** The independent judge: whole cents, one entry at a time. */
export function expectedCents(updates: readonly { entry: Entry; cents: number }[]): Map<string, number> {
  const last = startPrices();
  for (const { entry, cents } of updates) {
    const before = last.get(keyOf(entry));
    if (before === undefined || Math.abs(cents - before) * 10_000 >= before) last.set(keyOf(entry), cents);
  }
  return last;
}

export function recipeOf(options: { withNew: boolean }): Recipe {
  const updates = priceUpdates(options);
  return {
    seed: { currencies },
    prepare,
    records: () =>
      updates.map(({ entry, cents }): LoadRecord => {
        return { topic, key: entry.product, value: JSON.stringify({ ...entry, unitPrice: cents / 100 }) };
      }),
    async check({ orgs, letters }) {
      const rows =
        (await orgs['main']?.query('SELECT ErpKey__c, UnitPrice, CurrencyIsoCode FROM PricebookEntry')) ?? [];
      const found = new Map(rows.map((row) => [String(row['ErpKey__c']), Math.round(Number(row['UnitPrice']) * 100)]));
      const expected = expectedCents(updates);
      const keys = [...expected.keys()];
      return {
        lost: [...keys.filter((key) => !found.has(key)), ...letters.map(({ key }) => `dead letter of ${key}`)],
        wrong: keys.filter((key) => found.has(key) && found.get(key) !== expected.get(key)),
      };
    },
  };
}

export default recipeOf({ withNew: true });
