import { writeFile } from 'node:fs/promises';

/** What the clocks of a scenario are ahead of this machine's, for all its programs. */
export interface SharedClocks {
  /** Where programs read it: milliseconds, as text. */
  readonly file: string;
  now(): number;
  advance(ms: number): Promise<void>;
}

export async function createSharedClocks(file: string): Promise<SharedClocks> {
  let aheadMs = 0;
  await writeFile(file, String(aheadMs));
  return {
    file,
    now: () => Date.now() + aheadMs,
    async advance(ms) {
      aheadMs += ms;
      await writeFile(file, String(aheadMs));
    },
  };
}
