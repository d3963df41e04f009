import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseBridge } from '../../../shared/bridge/define-bridge.ts';
import { type RunOptions, run } from '../../../shared/transform/testing.ts';
import { readShownCounts, readShownRecords, readShownRows } from '../../fixtures/recipe-readme.ts';

const examples = new URL('../../../examples/', import.meta.url);
const recipes = readdirSync(examples, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('bridge.config.ts'))
  .map((file) => file.split('/')[0] ?? '');

describe.each(recipes)('the recipe %s', (name) => {
  const read = (file: string) => readFileSync(new URL(`${name}/${file}`, examples), 'utf8');

  it('has a sound definition of at most 60 lines', async () => {
    const { default: definition } = (await import(new URL(`${name}/bridge.config.ts`, examples).href)) as {
      default: unknown;
    };
    expect(parseBridge(definition).name).toBe(name);
    expect(read('bridge.config.ts').trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  });

  it('shows input, output and the command in its README, and stands in the list', () => {
    expect(read('README.md')).toMatch(/^Input/m);
    expect(read('README.md')).toMatch(/^Output/m);
    expect(read('README.md')).toContain(`npm start -- --once --bridge examples/${name}/bridge.config.ts`);
    expect(readFileSync(new URL('README.md', examples), 'utf8')).toContain(`${name}/README.md`);
  });

  // What else it shows is compared with a run: test/integration/recipes.
  it('shows that nothing is lost, and nothing ends otherwise than expected', () => {
    expect(readShownCounts(name)).toMatchObject({ deadLettered: 0, lost: 0, wrong: 0 });
  });
});

/** What the examples in READMEs take for granted of the org. */
const orgs: Readonly<Record<string, RunOptions['data']>> = {
  'address-cleaning': {
    salesforce: { Postal_Code__c: [{ Code__c: 'AT-8010', City__c: 'Graz', State__c: 'Steiermark' }] },
  },
  'two-way-accounts': {
    salesforce: { Account: [{ Erp_Number__c: 'A-8', Changed_At__c: '2026-01-01T10:05:00Z' }] },
  },
};
const mapped = recipes.filter((name) => name !== 'lead-replication');

describe.each(mapped)('the README of %s', (name) => {
  it('shows rows that come of the records it shows', async () => {
    const { default: definition } = await import(new URL(`${name}/bridge.config.ts`, examples).href);
    const [sink] = parseBridge(definition).sinks;
    if (sink === undefined) throw new Error(`${name} has no sink`);
    const records = readShownRecords(name);
    const key = (value: Readonly<Record<string, unknown>>) => String(Object.values(value)[0]);
    const { rows, rejected } = await run(
      sink.transform,
      records.map((value) => ({ key: key(value), value })),
      { at: '2026-01-01T12:00:00Z', ...(orgs[name] && { data: orgs[name] }) },
    );
    expect(rejected).toEqual([]);
    // The last row of a key is what the org shows.
    const [keyField = ''] = Object.keys(readShownRows(name)[0] ?? {});
    const last = new Map(rows.map(({ fields }) => [fields[keyField], fields]));
    const shown = new Map(readShownRows(name).map((row) => [row[keyField], row]));
    expect(last.size).toBeGreaterThan(0);
    for (const [id, fields] of last) {
      const row = shown.get(String(id)) ?? {};
      const compared = Object.entries(row).filter(([field]) => field in fields);
      expect(compared.map(([field, cell]) => [field, cell])).toEqual(
        compared.map(([field, cell]) => [field, asCell(fields[field], cell)]),
      );
      expect(compared.length).toBeGreaterThan(1);
    }
  });
});

/** A field as a table shows it: a parent by its external ID, a price with its cents. */
function asCell(value: unknown, cell: string): string {
  if (typeof value === 'object' && value !== null) return asCell(Object.values(value)[0], cell);
  return typeof value === 'number' && /\.\d\d$/.test(cell) ? value.toFixed(2) : String(value);
}
