import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Database, OrgSnapshot } from './store/database.ts';

/** Puts the rows of a state file in the place of the seed's; a file that is not there yet changes nothing. */
export async function loadState(file: string, database: Database): Promise<void> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  database.restore(JSON.parse(text) as OrgSnapshot);
}

/** Written beside the file and moved over it, so that a crash leaves the old state. */
export async function saveState(file: string, database: Database): Promise<void> {
  const next = `${file}.new`;
  await writeFile(next, JSON.stringify(database.snapshot()));
  await rename(next, file);
}
