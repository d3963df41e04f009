import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Tells a program to kill itself at a named place (see programs/failpoints.ts) and waits until it did. */
export async function killAt(folder: string, place: string, limit: AbortSignal): Promise<void> {
  const file = path.join(folder, place);
  await writeFile(file, '');
  while (!existsSync(`${file}.reached`)) {
    if (limit.aborted) throw new Error(`The time was up before a program came to ${place}`);
    await delay(20);
  }
  await rm(`${file}.reached`);
}
