import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { costPage } from '../../../docs/generate/cost.ts';
import { errorsPage } from '../../../docs/generate/errors.ts';

describe('generated pages', () => {
  it('docs/errors.md says what the table of codes says (npm run docs:generate)', () => {
    expect(readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')).toBe(errorsPage());
  });

  it('docs/cost.md counts what definition and environments say (npm run docs:generate)', () => {
    expect(readFileSync(new URL('../../../docs/cost.md', import.meta.url), 'utf8')).toBe(costPage());
  });
});
