import { existsSync, renameSync } from 'node:fs';
import path from 'node:path';

/**
 * Places where a program kills itself once it is told to, by a file of the place's name in a folder. The file is renamed
 * first, so that each asks for one death and its maker sees that it happened.
 */
export interface Failpoints {
  /** Ends this process as SIGKILL does when the place is armed. */
  pass(place: string): void;
  /** Whether the place is armed; disarms it. */
  take(place: string): boolean;
  die(): never;
}

export function createFailpoints(folder: string | undefined): Failpoints {
  const take = (place: string): boolean => {
    if (folder === undefined) return false;
    const file = path.join(folder, place);
    if (!existsSync(file)) return false;
    try {
      renameSync(file, `${file}.reached`);
      return true;
    } catch {
      // Another task was quicker.
      return false;
    }
  };
  const die = (): never => {
    process.kill(process.pid, 'SIGKILL');
    // The signal is delivered while this waits.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    throw new Error('This process was killed');
  };
  return {
    take,
    die,
    pass(place) {
      if (take(place)) die();
    },
  };
}
