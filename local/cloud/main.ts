import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import definition from '../../infra/local-definition.ts';
import { parseBridge } from '../../shared/bridge/define-bridge.ts';
import { guardKafkajsTimer } from '../../shared/kafka/kafkajs-timer-guard.ts';
import { chooseCacheFolder, findPackageFolder } from '../cache.ts';
import { createProgress } from '../dev/progress.ts';
import { deployLocal } from './deploy-local.ts';

// npm run deploy:local

guardKafkajsTimer();
const startedAt = performance.now();
const cache = chooseCacheFolder({
  environment: process.env,
  homeFolder: homedir(),
  packageFolder: findPackageFolder(path.dirname(fileURLToPath(import.meta.url))),
});
const runFolder = path.join(cache, 'runs', `cloud-${new Date().toISOString().replaceAll(':', '-')}-${process.pid}`);
try {
  const result = await deployLocal({
    bridge: parseBridge(definition),
    environment: process.env,
    cache,
    runFolder,
    progress: createProgress(process.stderr, () => performance.now()),
  });
  const { resources, records, counts, letters, queued, queuedLetters, updatedMemoryMb, destroyed } = result;
  const { written, filtered, deadLettered, handedBack } = counts;
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  process.stdout.write(
    `deployed ${resources} resources; invoked with ${records} records: ${written} written, ${filtered} filtered, ` +
      `${deadLettered} dead-lettered, ${handedBack} handed back; ${letters} letters in a topic and, of the same sink outside ` +
      `any network, ${queuedLetters} of ${queued.deadLettered} in a queue; updated to ${updatedMemoryMb} MB, no difference left; ` +
      `${destroyed ? 'destroyed' : 'NOT destroyed'} (${seconds} s)\n`,
  );
  process.exitCode = destroyed ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nLogs: ${runFolder}\n`);
  process.exitCode = 1;
}
