import { readFileSync, statSync } from 'node:fs';
import { type HealthFile, judgeHealth } from './judge-health.ts';

// The container's health check: exit code 0 for a poller that is worth keeping, 1 for one that ECS should replace.

const file = process.env['HEALTH_FILE'] ?? '';
try {
  const now = new Date();
  const ageMs = now.getTime() - statSync(file).mtimeMs;
  const trouble = judgeHealth(JSON.parse(readFileSync(file, 'utf8')) as HealthFile, ageMs, now);
  if (trouble !== undefined) throw new Error(trouble);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
