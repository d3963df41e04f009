import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(path.join(root, 'docs/transforms.md'), 'utf8');
const [steps = ''] = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]);

describe('the page on transforms', () => {
  it('shows steps that compile', () => {
    // Beside the sources, so that the compiler finds the packages.
    const folder = mkdtempSync(path.join(root, 'test', 'compiled-page-'));
    try {
      const code = steps.replace("'salesforce-kafka-bridge'", "'../../shared/bridge/public.ts'");
      writeFileSync(path.join(folder, 'page.ts'), code);
      writeFileSync(
        path.join(folder, 'tsconfig.json'),
        JSON.stringify({ extends: '../../tsconfig.json', include: [], files: ['page.ts'] }),
      );
      const compile = () => execFileSync('tsc', ['-p', folder], { cwd: root, encoding: 'utf8' });
      expect(compile).not.toThrow();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('shows every step that the package has', () => {
    const names = [
      ...readFileSync(path.join(root, 'shared/bridge/public.ts'), 'utf8').matchAll(
        /^export \{.*transform\/([a-z-]+)\.ts/gm,
      ),
    ]
      .map((match) => match[1])
      .filter((file) => !['pipe', 'row-record', 'windows', 'lookup-sources'].includes(file ?? ''));
    for (const file of names) {
      expect(steps).toContain(`${(file ?? '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())}(`);
    }
  });
});
