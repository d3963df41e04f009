import { describe, expect, it } from 'vitest';
import { createHealth } from '../../../../functions/poller/health.ts';
import { createLogBook } from './in-memory.ts';

describe('the health report', () => {
  it('is as healthy as the least healthy org, and keeps the time of the last connect answer', async () => {
    const reports: string[] = [];
    const health = createHealth({
      date: () => new Date('2026-01-01'),
      write: async (text) => void reports.push(text),
      logger: createLogBook(),
    });
    await health.begin();
    await health.report('a', 'streaming');
    await health.report('b', 'connecting');
    await health.report('b', 'waiting-for-credentials');
    expect(reports.map((report) => JSON.parse(report).state)).toEqual([
      'standby',
      'streaming',
      'connecting',
      'waiting-for-credentials',
    ]);
    expect(JSON.parse(reports.at(-1) ?? '')).toMatchObject({ lastConnectAt: '2026-01-01T00:00:00.000Z' });
  });

  it('is written again at every beat, so that its age tells a poller that hangs', async () => {
    const reports: string[] = [];
    const write = async (text: string) => void reports.push(text);
    const health = createHealth({ date: () => new Date(0), write, logger: createLogBook() });
    await health.report('a', 'streaming');
    await health.beat();
    expect(reports).toHaveLength(2);
    expect(reports[1]).toBe(reports[0]);
    expect(JSON.parse(reports[1] ?? '')).toEqual(health.read());
  });

  it('that cannot be written stops nothing', async () => {
    const logger = createLogBook();
    const write = () => Promise.reject(new Error('ENOSPC'));
    await createHealth({ date: () => new Date(), write, logger }).report('a', 'streaming');
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
  });
});
