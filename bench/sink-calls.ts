import { startAwsStub } from './aws-stub.ts';
import { type OrgCounters, startOrgProcess } from './org-process.ts';
import { buildBundles, startTeam } from './sink-process.ts';

const rowsPerBatch = 1000;
const partitions = 8;

/**
 * API calls of every kind for records of distinct existing keys, in full batches, one execution environment per partition.
 * `npm run bench -- sink-calls [RECORDS]`, 1,000,000 unless said otherwise.
 */
export async function benchSinkCalls(print: (line: string) => void): Promise<void> {
  const records = Number(process.argv[3] ?? 1_000_000);
  const batches = Math.ceil(records / rowsPerBatch / partitions);
  const bundles = await buildBundles();
  const org = await startOrgProcess({ publishDelayMs: 0, dailyApiRequests: 10_000_000 });
  const aws = await startAwsStub(org.credentials);
  try {
    const { instanceUrl, token } = org;
    const shared = { warmUp: 0, rounds: 1, batches, batchSize: rowsPerBatch };
    const bare = await startTeam({ kind: 'composite', ...shared, instanceUrl, token, mark: 'made' }, partitions);
    await bare.round();
    await bare.close();
    const sink = await startTeam(
      { kind: 'sink', ...shared, bundle: bundles.sink, mark: 'written' },
      partitions,
      aws.environment,
    );
    const before = await org.counters();
    const { rows, seconds } = await sink.round();
    await sink.close();
    const after = await org.counters();
    const parts = partsOf(before, after);
    const calls = after.apiCalls - before.apiCalls;
    print(`${rows.toLocaleString('en-US')} records in ${partitions} partitions, ${seconds.toFixed(0)} s`);
    print(`${calls} API calls: ${parts}`);
    const target = rows / rowsPerBatch + 20;
    print(`target ${target}: ${calls <= target ? 'kept' : 'MISSED'}`);
    if (calls > target) process.exitCode = 1;
  } finally {
    aws.close();
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
