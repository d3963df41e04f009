import { setTimeout as delay } from 'node:timers/promises';
import type { Recipe, RecipeOrg, RecipeOrgs } from '../../local/dev/recipe.ts';

const partnerCount = 60;
const leadsBefore = 400;
const leadsMeanwhile = 300;
const statuses = ['Open - Not Contacted', 'Working - Contacted'];

const partnerIds: string[] = [];
const leadIds: string[] = [];

function leads(first: number, count: number) {
  return Array.from({ length: count }, (_, index) => {
    const number = first + index;
    return {
      FirstName: 'Lead',
      LastName: `Number ${number}`,
      Company: `Company ${number % 70}`,
      Email: number % 3 === 0 ? null : `lead.${number}@example.org`,
      Status: statuses[number % 2],
      Partner__c: number % 4 === 0 ? null : (partnerIds[number % partnerCount] ?? null),
    };
  });
}

/** What a lead shows, with its partner by the Id that it has in the sales org. */
const shown = (lead: Readonly<Record<string, unknown>>, partner: unknown) =>
  [lead['FirstName'], lead['LastName'], lead['Company'], lead['Email'], lead['Status'], partner ?? null].join(' | ');

async function rowsOf(org: RecipeOrg | undefined, key: 'Id' | 'Sales_Id__c'): Promise<Map<string, string>> {
  const fields = key === 'Id' ? 'Id' : `Id, ${key}`;
  const accounts = (await org?.query(`SELECT ${fields}, Name FROM Account`)) ?? [];
  const keys = new Map(accounts.map((row) => [row['Id'], String(row[key])]));
  const found =
    (await org?.query(`SELECT ${fields}, FirstName, LastName, Company, Email, Status, Partner__c FROM Lead`)) ?? [];
  return new Map([
    ...accounts.map((row) => [String(row[key]), String(row['Name'])] as const),
    ...found.map((row) => [String(row[key]), shown(row, keys.get(row['Partner__c']))] as const),
  ]);
}

/** Waits for a condition, but not for ever: the check says what is missing. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let left = 120; left > 0 && !(await isSo()); left -= 1) await delay(500);
}

const recipe: Recipe = {
  async prepare({ sales }: RecipeOrgs) {
    const partners = Array.from({ length: partnerCount }, (_, number) => ({ Name: `Partner ${number}` }));
    partnerIds.push(...((await sales?.create('Account', partners)) ?? []));
    leadIds.push(...((await sales?.create('Lead', leads(0, leadsBefore))) ?? []));
  },
  async change({ sales, marketing }) {
    await until(async () => (await marketing?.query('SELECT Id FROM Lead'))?.length === leadsBefore);
    const [newPartner] = (await sales?.create('Account', [{ Name: 'Partner of the last minute' }])) ?? [];
    leadIds.push(...((await sales?.create('Lead', leads(leadsBefore, leadsMeanwhile))) ?? []));
    await sales?.update(
      'Lead',
      leadIds.slice(100, 300).map((Id) => ({ Id, Status: statuses[1], Partner__c: newPartner, Email: null })),
    );
    await sales?.remove([...leadIds.slice(250, 350), ...leadIds.slice(650, 700)]);
  },
  async check({ orgs: { sales, marketing }, letters }) {
    const [there, here] = [await rowsOf(sales, 'Id'), await rowsOf(marketing, 'Sales_Id__c')];
    const lost = [...there.keys()].filter((id) => !here.has(id));
    const wrong = [...here].filter(([id, row]) => there.get(id) !== row).map(([id, row]) => `${id}: ${row}`);
    const left = partnerCount + 1 + leadsBefore + leadsMeanwhile - 150;
    if (there.size !== left) wrong.push(`${there.size} rows in the sales org`);
    return { lost: [...lost, ...letters.map(({ key }) => `dead letter of ${key}`)], wrong };
  },
};

export default recipe;
