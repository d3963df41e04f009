import { describe, expect, it } from 'vitest';
import { linkedTests, readPage, tableRows, titlesOf } from './linked-tests.ts';

const { page, text } = readPage('known-defects.md');
const rows = tableRows(text);

describe('the page about defects of other connectors', () => {
  it('names a public source and a test for each', () => {
    expect(rows.length).toBeGreaterThan(90);
    expect(rows.filter((row) => !/^\| [^|]+\(\[[^\]]+\]\(https:\/\//.test(row))).toEqual([]);
    expect(rows.filter((row) => !row.includes('](../test/'))).toEqual([]);
  });

  it.each([...new Map(linkedTests(text).map((link) => [link.join(), link])).values()])(
    'names a test that exists: %s %s',
    (file, title) => {
      expect(titlesOf(file, page)).toEqual(expect.arrayContaining(title.split(' › ')));
    },
  );
});
