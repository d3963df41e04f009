import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type DevRun, startDev } from '../dev-run.ts';

const runs: DevRun[] = [];
afterEach(async () => {
  for (const run of runs.splice(0)) {
    run.process.kill('SIGKILL');
    await run.exited;
  }
});

function start(folder: string): DevRun {
  const definition = fileURLToPath(new URL(`${folder}/bridge.config.ts`, import.meta.url));
  const run = startDev(['--once', '--bridge', definition]);
  runs.push(run);
  return run;
}

const recipe = (name: string) => `../../../examples/${name}`;
const nothingAmiss = { lost: 0, wrong: 0, deadLettered: 0 };

describe('the recipes, on a real broker and emulated orgs', () => {
  it.each([
    ['price-book', { recordsIn: 10_400, recordsWritten: 5_200, filtered: 5_200 }],
    ['address-cleaning', { recordsIn: 2_100, recordsWritten: 1_800, filtered: 300 }],
    ['product-inventory', { recordsIn: 5_000, recordsWritten: 0, absorbed: 5_000 }],
  ])('%s ends as its judge says', async (name, counts) => {
    const { code, result, said } = await start(recipe(name)).exited;
    expect(said).not.toMatch(/SKB_/);
    expect(result).toMatchObject({ ...nothingAmiss, ...counts });
    expect(code).toBe(0);
  });

  it('price-book writes 10,000 updates of existing entries with few calls', async () => {
    const { code, result, said } = await start('price-book-existing').exited;
    expect(result).toMatchObject({ ...nothingAmiss, recordsIn: 10_000, recordsWritten: 5_000, filtered: 5_000 });
    const rows = result?.rowsWritten ?? 0;
    expect(rows).toBe(5_000);
    expect(said).toMatch(/^API calls +1 token, 1 describe, .*composite/m);
    expect(result?.apiCalls).toBeLessThanOrEqual(Math.ceil(rows / 1_000) + 6);
    expect(code).toBe(0);
  });

  it('sensor-status writes the changes only, and the same when its sink is killed ten times', async () => {
    const run = start(recipe('sensor-status'));
    let kills = 0;
    run.onLine((line) => {
      const [, pid] = /^sink readings runs its function \(process (\d+)\)/.exec(line) ?? [];
      if (pid === undefined || kills === 10) return;
      kills += 1;
      setTimeout(() => process.kill(Number(pid), 'SIGKILL'), 500 + 300 * kills);
    });
    const { code, result } = await run.exited;
    expect(kills).toBe(10);
    expect(result).toMatchObject({ ...nothingAmiss, recordsIn: 200_000, recordsWritten: 9_123, filtered: 190_877 });
    expect(code).toBe(0);
  });
});
