import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Day } from './programs/day.ts';

const HOUR = 3_600_000;
const program = fileURLToPath(new URL('programs/day.ts', import.meta.url));

it('loses and repeats nothing in a day of tokens, cookies and replay IDs that expire, and does not grow', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program], { maxBuffer: 2 ** 24 });
  const { changed, published, connects, logged, bytesAfterFirstHour, bytesAtEnd } = JSON.parse(stdout) as Day;

  expect(published).toEqual(changed);
  // A connect is held for 110 s at most, and takes some steps of the clock on its way; a cookie lives for 3 hours and a
  // token for 2.
  expect(connects).toBeGreaterThan((24 * HOUR) / 150_000);
  expect(logged['session lost']).toBeGreaterThanOrEqual(7);
  expect(logged['replay ID expired in a quiet channel; nothing was missed']).toBeGreaterThan(0);
  expect(logged).not.toHaveProperty('replay ID lost');
  expect(logged).not.toHaveProperty('channel lost');
  // It may be 20 %; that much hides a listener which each call leaves behind. What the day itself keeps is some 3 %.
  expect(bytesAtEnd).toBeLessThan(1.07 * bytesAfterFirstHour);
}, 600_000);
