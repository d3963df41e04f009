import type { LoadRecord, Recipe } from '../../local/dev/recipe.ts';
import { seededRandom } from '../../local/sample/random.ts';

const warehouses = ['Graz', 'Linz', 'Wien', 'Wels'];
const skuCount = 200;
const movementCount = 5_000;

const random = seededRandom(21);
const pick = (count: number) => Math.floor(random() * count);
const movements = Array.from({ length: movementCount }, () => ({
  warehouse: warehouses[pick(warehouses.length)] ?? '',
  lines: Array.from({ length: 1 + pick(4) }, () => ({ sku: `S-${pick(skuCount)}`, quantity: pick(41) - 15 })),
}));

const recipe: Recipe = {
  records: () =>
    movements.map((movement): LoadRecord => {
      return { topic: 'warehouse.movements', key: movement.warehouse, value: JSON.stringify(movement) };
    }),
  async check({ orgs, dispositions }) {
    // Plain sums over the whole sample.
    const sums = new Map<string, number>();
    for (const { warehouse, lines } of movements) {
      for (const { sku, quantity } of lines) {
        for (const name of [sku, `${sku} ${warehouse}`]) sums.set(name, (sums.get(name) ?? 0) + quantity);
      }
    }
    const rows =
      (await orgs['main']?.query(
        'SELECT Sku__c, Stock__c, Stock_By_Warehouse__c FROM Product2 WHERE Sku__c != null',
      )) ?? [];
    const found = new Map(rows.map((row) => [String(row['Sku__c']), row]));
    const skus = [...sums.keys()].filter((name) => !name.includes(' '));
    const isRight = (sku: string) => {
      const parts = warehouses.flatMap((each) =>
        sums.has(`${sku} ${each}`) ? [`${each}: ${sums.get(`${sku} ${each}`)}`] : [],
      );
      return (
        found.get(sku)?.['Stock__c'] === sums.get(sku) &&
        found.get(sku)?.['Stock_By_Warehouse__c'] === parts.sort().join(', ')
      );
    };
    const wrong = skus.filter((sku) => found.has(sku) && !isRight(sku));
    const absorbed = dispositions['movements']?.absorbed;
    if (absorbed !== movementCount) wrong.push(`${absorbed} movements absorbed`);
    return { lost: skus.filter((sku) => !found.has(sku)), wrong };
  },
};

export default recipe;
