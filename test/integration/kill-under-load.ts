import { setTimeout as sleep } from 'node:timers/promises';
import { auditKafka } from '../../local/dev/topic-reader.ts';
import { type DevRun, isAlive } from './dev-run.ts';

export interface LoadToKillIn {
  /** Of the run's sink, as declared; a run on shared brokers reads in a group whose name begins with it. */
  readonly consumerGroup: string;
  readonly topic: string;
  readonly kills: number;
  /** The processes that are to die, as they are called at the moment; one that is already dead is left out. */
  victims(): readonly number[];
}

/**
 * Kills again and again while a run's sink works: each time its group has committed more than at the kill before. So each
 * kill comes after some work and before other work, on a fast machine and on a slow one.
 *
 * Resolves with the number of kills when all were done, or the run is over.
 */
export async function killUnderLoad(
  run: DevRun,
  { consumerGroup, topic, kills, victims }: LoadToKillIn,
): Promise<number> {
  const brokers = /^Kafka +(\S+)/.exec(await run.waitFor(/^Kafka +\S+/))?.[1] ?? '';
  const admin = auditKafka(brokers.split(',')).admin();
  await admin.connect();
  const over = run.exited.then(() => 'over' as const);
  const committed = async (): Promise<number> => {
    const { groups } = await admin.listGroups();
    const group = groups.find(({ groupId }) => groupId.startsWith(consumerGroup));
    if (group === undefined) return 0;
    const [found] = await admin.fetchOffsets({ groupId: group.groupId, topics: [topic] });
    return (found?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
  };
  let done = 0;
  try {
    for (let known = await committed(); done < kills; ) {
      // The run's end takes its broker along.
      const now = await Promise.race([over, committed().catch(() => over)]);
      if (now === 'over') break;
      const alive = now > known ? victims().filter(isAlive) : [];
      for (const pid of alive) process.kill(pid, 'SIGKILL');
      if (alive.length > 0) {
        done += 1;
        known = now;
      }
      await Promise.race([over, sleep(20)]);
    }
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
  return done;
}
