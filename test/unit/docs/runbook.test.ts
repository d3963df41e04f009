import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (page: string) => readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8');
const headings = (page: string) =>
  [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
const links = [...read('runbook.md').matchAll(/\]\(([a-z-]+\.md)?(?:#([a-z0-9-]+))?\)/g)].map(
  ([, page = 'runbook.md', heading]) => ({ page, heading }),
);

describe('the runbook', () => {
  it.each(links)('links what exists: $page $heading', ({ page, heading }) => {
    expect(headings(page)).toEqual(heading === undefined ? expect.anything() : expect.arrayContaining([heading]));
  });

  it.each(['gap-events', 're-reads', 'owed-rows', 'reports-missed', 'rewinding-a-source'])(
    'says what to do about %s',
    (name) => {
      expect(headings('runbook.md')).toContain(name);
    },
  );
});
