import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { faultSchema } from '../../../local/org/faults/fault-schema.ts';
import { defaultSettings } from '../../../local/org/settings.ts';

const page = new URL('../../../docs/org-emulator.md', import.meta.url);
const text = readFileSync(fileURLToPath(page), 'utf8');
const emulated = text.slice(text.indexOf('## What is emulated'), text.indexOf('## How fast it is'));
const rows = emulated.split('\n').filter((line) => /^\| (?!What|---)/.test(line));
const links = [...emulated.matchAll(/\[([^\]]+)\]\((\.\.\/test\/[^)]+)\)/g)].map(
  ([, name, file]) => [file, name] as const,
);

/** Titles of the tests and groups of a file, read from its text. */
function titlesOf(file: string): readonly string[] {
  const source = readFileSync(fileURLToPath(new URL(file, page)), 'utf8');
  return [...source.matchAll(/(?:\b(?:it|describe)|\))\(\s*'((?:[^'\\]|\\.)+)'/g)].map(([, title = '']) => title);
}

describe('the page about the org', () => {
  it('links every row to a test', () => {
    expect(rows.length).toBeGreaterThan(25);
    expect(rows.filter((row) => !row.includes('](../test/'))).toEqual([]);
  });

  it.each(links)('names a test that exists: %s %s', (file = '', name = '') => {
    expect(titlesOf(file)).toContain(name);
  });

  it('names every fault, and only settings that exist', () => {
    const faults = faultSchema.options.map((option) => option.shape.kind.value);
    expect(faults.filter((kind) => !text.includes(`| \`${kind}\``))).toEqual([]);
    const settings = text.slice(text.indexOf('## Settings'), text.indexOf('## What is emulated'));
    const named = [...settings.matchAll(/^\| `(\w+)`/gm)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in defaultSettings))).toEqual([]);
    expect(named).toContain('randomSeed');
  });
});
