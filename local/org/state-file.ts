import { readFile, rename, writeFile } from 'node:fs/promises';
import type { EventLogState } from './events/event-log.ts';
import type { OrgServices } from './services.ts';
import type { OrgSnapshot } from './store/database.ts';

/** What a state file holds: the rows, and the events that can still be replayed. */
interface OrgState extends OrgSnapshot {
  readonly events?: Readonly<Record<string, EventLogState>>;
}

type StatefulServices = Pick<OrgServices, 'database' | 'publisher'>;

/** Puts the rows of a state file in the place of the seed's and goes on with its events; a file that is not there yet changes nothing. */
export async function loadState(file: string, { database, publisher }: StatefulServices): Promise<void> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const { events = {}, ...snapshot } = JSON.parse(text) as OrgState;
  database.restore(snapshot);
  publisher.resumeLogs(events);
}

/** Written beside the file and moved over it, so that a crash leaves the old state. */
export async function saveState(file: string, { database, publisher }: StatefulServices): Promise<void> {
  const next = `${file}.new`;
  const state: OrgState = { ...database.snapshot(), events: publisher.saveLogs() };
  await writeFile(next, JSON.stringify(state));
  await rename(next, file);
}
