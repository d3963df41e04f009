import { describe, expect, it } from 'vitest';
import { faultSchema } from '../../../local/org/faults/fault-schema.ts';
import { defaultSettings } from '../../../local/org/settings.ts';
import { linkedTests, readPage, tableRows, titlesOf } from './linked-tests.ts';

const { page, text } = readPage('org-emulator.md');
const emulated = text.slice(text.indexOf('## What is emulated'), text.indexOf('## How fast it is'));
const rows = tableRows(emulated);

describe('the page about the org', () => {
  it('links every row to a test', () => {
    expect(rows.length).toBeGreaterThan(25);
    expect(rows.filter((row) => !row.includes('](../test/'))).toEqual([]);
  });

  it.each(linkedTests(emulated))('names a test that exists: %s %s', (file, title) => {
    expect(titlesOf(file, page)).toContain(title);
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
