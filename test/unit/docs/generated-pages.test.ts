import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configurationPage, silentSettings, tableNames, untoldSettings } from '../../../docs/generate/configuration.ts';
import { costPage } from '../../../docs/generate/cost.ts';
import { errorsPage } from '../../../docs/generate/errors.ts';

const configuration = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');

describe('generated pages', () => {
  it('docs/configuration.md says what schemas and their comments say (npm run docs:generate)', () => {
    expect(configuration).toBe(configurationPage());
  });

  it('docs/errors.md says what the table of codes says (npm run docs:generate)', () => {
    expect(readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')).toBe(errorsPage());
  });

  it('docs/cost.md counts what definition and environments say (npm run docs:generate)', () => {
    expect(readFileSync(new URL('../../../docs/cost.md', import.meta.url), 'utf8')).toBe(costPage());
  });
});

describe('the tables of docs/configuration.md', () => {
  it('are all on the page', () => {
    const shown = [...configuration.matchAll(/<!-- settings: (.+) -->/g)].map(([, name]) => name);
    expect(shown.sort()).toEqual(tableNames().sort());
  });

  it('have every setting that a schema knows, but what functions such as upsert(…) set', () => {
    expect(untoldSettings()).toEqual(['definition: sources.*.capture.kind', 'definition: sinks.*.write.operation']);
  });

  it('say something about each', () => {
    expect(silentSettings()).toEqual([]);
  });
});
