import { describe, expect, it } from 'vitest';
import { linkedTests, readPage, tableRows, titlesOf } from './linked-tests.ts';

const { page, text } = readPage('streaming.md');
const rows = tableRows(text);

describe('the page about what Salesforce says', () => {
  it('has a test for each signal and each shape', () => {
    expect(rows.length).toBeGreaterThan(25);
    expect(rows.filter((row) => !row.includes('](../test/'))).toEqual([]);
  });

  it.each([...new Map(linkedTests(text).map((link) => [link.join(), link])).values()])(
    'names a test that exists: %s %s',
    (file, title) => {
      expect(titlesOf(file, page)).toEqual(expect.arrayContaining(title.split(' › ')));
    },
  );
});
