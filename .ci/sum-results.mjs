// Adds up vitest's JSON summaries and prints "N passed, N failed" as the last line.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const folder = process.argv[2] ?? '.';
const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];
let passed = 0;
let failed = 0;
for (const file of files) {
  const summary = JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
  passed += summary.numPassedTests;
  // A file that could not even be loaded has no failed tests of its own.
  const brokenFiles = summary.testResults.filter(
    (result) => result.status === 'failed' && result.assertionResults.length === 0,
  );
  failed += summary.numFailedTests + brokenFiles.length;
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = passed === 0 || failed > 0 ? 1 : 0;
