import { readFile } from 'node:fs/promises';

// What Linux says of a process; elsewhere nothing is known.

/** User and system time so far, in steps of a hundredth of a second. */
export async function cpuSecondsOf(pid: number | undefined): Promise<number | undefined> {
  const text = await readProc(pid, 'stat');
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The most memory that was resident at a time, in megabytes. */
export async function peakMegabytesOf(pid: number | undefined): Promise<number | undefined> {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec((await readProc(pid, 'status')) ?? '') ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

async function readProc(pid: number | undefined, file: 'stat' | 'status'): Promise<string | undefined> {
  try {
    return await readFile(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
