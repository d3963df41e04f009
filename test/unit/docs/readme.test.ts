import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const readme = read('README.md');

describe('the README', () => {
  it('shows an excerpt of the definition that this repository runs', () => {
    const excerpt = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const indented = excerpt.replace(/^(?=.)/gm, '  ');
    expect(excerpt.length).toBeGreaterThan(200);
    expect(read('bridge.config.ts')).toContain(indented);
  });

  it('names only files, scripts and options that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] ?? '');
    expect(links.length).toBeGreaterThan(5);
    for (const link of links)
      expect(() => readFileSync(new URL(`../../../${link}`, import.meta.url))).not.toThrow(/ENOENT/);
    const options = [...readme.matchAll(/`?(--[a-z]+)/g)].map((match) => match[1] ?? '');
    const known = read('cli/bridge.ts') + read('local/org/main.ts');
    for (const option of options) expect(known).toContain(option);
  });

  it('states the guarantees word for word', () => {
    for (const sentence of [
      'An event is committed only after Kafka acknowledged it or the dead-letter store holds it.',
      'A Kafka record is acknowledged only after its row was written, or it was absorbed into stored state, or the dead-letter store holds it.',
      'Every record ends in exactly one of: written (alone or merged into a row), filtered, absorbed, dead-lettered.',
    ]) {
      expect(readme).toContain(sentence);
    }
  });
});
