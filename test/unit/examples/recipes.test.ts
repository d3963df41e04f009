import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseBridge } from '../../../shared/bridge/define-bridge.ts';
import { readShownCounts } from '../../fixtures/recipe-readme.ts';

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
