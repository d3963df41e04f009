import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A link of a page to a test: the file as the page names it, and the title in words. */
export type LinkedTest = readonly [file: string, title: string];

export function readPage(name: string): { readonly page: URL; readonly text: string } {
  const page = new URL(`../../../docs/${name}`, import.meta.url);
  return { page, text: readFileSync(fileURLToPath(page), 'utf8') };
}

export function linkedTests(text: string): LinkedTest[] {
  return [...text.matchAll(/\[([^\]]+)\]\((\.\.\/test\/[^)]+)\)/g)].map(([, title = '', file = '']) => [file, title]);
}

/** Rows of tables, without their heads. */
export function tableRows(text: string): string[] {
  return text
    .split('\n')
    .filter(
      (line, index, lines) => line.startsWith('| ') && !/^\|-/.test(lines[index + 1] ?? '') && !/^\|-/.test(line),
    );
}

/** Titles of the tests and groups of a file, read from its text, and what the rows of its tables begin with. */
export function titlesOf(file: string, page: URL): readonly string[] {
  const source = readFileSync(fileURLToPath(new URL(file, page)), 'utf8');
  const titles = source.matchAll(/(?:\b(?:it|describe)|\))\(\s*'((?:[^'\\]|\\.)+)'/g);
  const rows = source.matchAll(/\[\s*'((?:[^'\\]|\\.)+)',/g);
  return [...titles, ...rows].map(([, title = '']) => title);
}
