import { type OrgCounters, startOrgProcess } from './org-process.ts';
import { buildBundles, runTask } from './sink-process.ts';

const rowsPerBatch = 1000;
const partitions = 8;

/**
 * API calls of every kind for records of distinct existing keys, in full batches, one execution environment per partition.
 * `npm run bench -- sink-calls [RECORDS]`, 1,000,000 unless said otherwise.
 */
export async function benchSinkCalls(print: (line: string) => void): Promise<void> {
  const records = Number(process.argv[3] ?? 1_000_000);
  const batches = Math.ceil(records / rowsPerBatch);
  const bundles = await buildBundles();
  const org = await startOrgProcess({ publishDelayMs: 0, dailyApiRequests: 10_000_000 });
  try {
    const shared = { batches, batchSize: rowsPerBatch };
    const { instanceUrl, token, credentials } = org;
    await runTask({ kind: 'bare', ...shared, instances: 4, instanceUrl, token, round: 'made' });
    const before = await org.counters();
    const { seconds } = await runTask<{ seconds: number }>({
      kind: 'sink',
      ...shared,
      instances: partitions,
      bundle: bundles.sink,
      credentials,
      round: 'written',
    });
    const after = await org.counters();
    const parts = partsOf(before, after);
    const calls = after.apiCalls - before.apiCalls;
    print(
      `${(batches * rowsPerBatch).toLocaleString('en-US')} records in ${partitions} partitions, ${seconds.toFixed(0)} s`,
    );
    print(`${calls} API calls: ${parts}`);
    const target = batches + 20;
    print(`target ${target}: ${calls <= target ? 'kept' : 'MISSED'}`);
    if (calls > target) process.exitCode = 1;
  } finally {
    await org.close();
    await bundles.remove();
  }
}

function partsOf(before: OrgCounters, after: OrgCounters): string {
  return Object.entries(after.apiCallsByKind)
    .map(([kind, count]) => [kind, count - (before.apiCallsByKind[kind] ?? 0)] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} ${count}${kind === 'token' ? ' (not counted)' : ''}`)
    .join(', ');
}
