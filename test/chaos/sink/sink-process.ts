import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EventSourceMappingConfigInput } from '../../../local/aws/event-source-mapping-config.ts';
import { readLogLine } from '../../../local/dev/watch-log.ts';
import { type ManagedProcess, startProcess } from '../../../local/processes/start-process.ts';

/** The event source mapping with the sink's function behind it, as processes. */
export interface SinkProcess {
  /** SIGKILL to the function's process; false when none runs. */
  killFunction(): boolean;
  readonly counts: Readonly<SinkProcessCounts>;
  /** Records that the platform gave up. */
  failureNotices(): number;
  stop(): Promise<void>;
}

interface SinkProcessCounts {
  invocations: number;
  failedInvocations: number;
  delivered: number;
  redelivered: number;
}

export async function startSinkProcess(
  config: Omit<EventSourceMappingConfigInput, 'onFailureFile'>,
  folder: string,
): Promise<SinkProcess> {
  const onFailureFile = path.join(folder, 'on-failure.jsonl');
  const counts: SinkProcessCounts = { invocations: 0, failedInvocations: 0, delivered: 0, redelivered: 0 };
  let functionPid: number | undefined;
  const mapping: ManagedProcess = await startProcess({
    name: 'event source mapping',
    command: process.execPath,
    args: [fileURLToPath(new URL('../../../local/aws/event-source-mapping-main.ts', import.meta.url))],
    env: { EVENT_SOURCE_MAPPING: JSON.stringify({ ...config, onFailureFile }) },
    cwd: folder,
    logFile: path.join(folder, 'event-source.log'),
    stopGraceMs: 60_000,
    onStdoutLine(line) {
      const entry = readLogLine(line);
      if (entry?.['event'] === 'lambda-started') functionPid = Number(entry['pid']);
      if (entry?.['event'] !== 'invocation') return;
      counts.invocations += 1;
      if (entry['result'] === 'failed') counts.failedInvocations += 1;
      counts.delivered += Number(entry['records']);
      counts.redelivered += Number(entry['redelivered']);
    },
  });
  return {
    counts,
    killFunction() {
      if (functionPid === undefined) return false;
      try {
        process.kill(functionPid, 'SIGKILL');
      } catch {
        return false;
      } finally {
        functionPid = undefined;
      }
      return true;
    },
    failureNotices: () =>
      existsSync(onFailureFile) ? readFileSync(onFailureFile, 'utf8').trimEnd().split('\n').length : 0,
    stop: () => mapping.stop(),
  };
}
