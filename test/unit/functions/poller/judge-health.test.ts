import { describe, expect, it } from 'vitest';
import { judgeHealth } from '../../../../functions/poller/judge-health.ts';

const now = new Date('2026-01-01T12:00:00Z');
const ago = (ms: number) => new Date(now.getTime() - ms).toISOString();
const SECOND = 1000;
const MINUTE = 60 * SECOND;

describe('a poller is kept', () => {
  it.each(['standby', 'connecting', 'waiting-for-credentials', 'waiting-for-kafka'])(
    'while it is %s and shows signs of life, however long Salesforce has said nothing',
    (state) => {
      expect(judgeHealth({ state }, 30 * SECOND, now)).toBeUndefined();
      expect(judgeHealth({ state, lastConnectAt: ago(600 * MINUTE) }, 30 * SECOND, now)).toBeUndefined();
    },
  );

  it('while it streams and Salesforce answers, as it does within two minutes even when nothing happens', () => {
    expect(judgeHealth({ state: 'streaming', lastConnectAt: ago(2 * MINUTE) }, 30 * SECOND, now)).toBeUndefined();
  });
});

describe('a poller is replaced', () => {
  it.each(['standby', 'streaming', 'waiting-for-kafka'])('when it is %s and shows no sign of life', (state) => {
    const file = { state, lastConnectAt: ago(SECOND) };
    expect(judgeHealth(file, 121 * SECOND, now)).toBe('no sign of life for 121 s');
  });

  it('when it streams and had no answer for a quarter of an hour', () => {
    const file = { state: 'streaming', lastConnectAt: ago(16 * MINUTE) };
    expect(judgeHealth(file, 30 * SECOND, now)).toBe('no answer of Salesforce for 960 s');
  });
});
