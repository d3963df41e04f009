import { describe, expect, it } from 'vitest';
import { runPoller } from '../../../../functions/poller/poller.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import {
  type createMemoryParts,
  pollerOrg,
  productChannel,
  productEvent,
  source,
  startOfTime,
  until,
} from './in-memory.ts';
import { lost, namesOf, positionOf, start, whileRunning } from './while-running.ts';

describe('the poller', () => {
  it('publishes events in their order and commits the last one', async () => {
    const { org, parts, subscribed } = start();
    await whileRunning([pollerOrg(org)], parts, async () => {
      await subscribed();
      org.add(productEvent(3), productEvent(7));
      await until(() => positionOf(parts)?.replayId === '7');
    });
    expect(namesOf(parts)).toEqual(['change 3', 'change 7']);
    expect(org.disconnects).toBe(1);
    expect(parts.counters.read()).toMatchObject({ eventsReceived: 2, recordsPublished: 2, commits: 1 });
    expect(parts.logger.of('subscribed')).toMatchObject([
      { level: 'info', fields: { org: 'main', channel: productChannel, replayFrom: 'latest' } },
    ]);
    expect(parts.logger.of('counters at the end')).toHaveLength(1);
  });

  it('resumes after a restart behind the committed event', async () => {
    const { org, parts, subscribed } = start();
    await whileRunning([pollerOrg(org)], parts, async () => {
      await subscribed();
      org.add(productEvent(3));
      await until(() => positionOf(parts)?.replayId === '3');
    });
    org.add(productEvent(7));
    await whileRunning([pollerOrg(org)], parts, () => until(() => positionOf(parts)?.replayId === '7'));
    expect(org.asked).toEqual([
      [productChannel, 'latest'],
      [productChannel, '3'],
    ]);
    expect(namesOf(parts)).toEqual(['change 3', 'change 7']);
  });

  it('finds events that came while it was down before its first event, and drops those before it was opened', async () => {
    const { org, parts, subscribed } = start();
    org.add(productEvent(1, startOfTime - 3_600_000));
    await whileRunning([pollerOrg(org)], parts, subscribed);
    org.add(productEvent(2, startOfTime + 1000));
    await whileRunning([pollerOrg(org)], parts, () => until(() => positionOf(parts)?.replayId === '2'));
    expect(org.asked.map(([, from]) => from)).toEqual(['latest', 'earliest']);
    expect(namesOf(parts)).toEqual(['change 2']);
    expect(parts.counters.read().skipped).toMatchObject({ 'before-start': 1, 'unknown-channel': 0 });
  });

  it('subscribes every channel again in a new session, and publishes what came before the end of the old one', async () => {
    const { org, parts, subscribed } = start();
    org.ends.push({ after: 0, error: lost() });
    await whileRunning([pollerOrg(org)], parts, async () => {
      await subscribed();
      org.add(productEvent(3));
      await until(() => positionOf(parts)?.replayId === '3');
    });
    expect(org.handshakes).toBe(2);
    expect(parts.logger.of('session lost')).toMatchObject([
      { level: 'warn', fields: { org: 'main', code: 'SKB_SUBSCRIPTION_LOST', reason: expect.stringContaining('403') } },
    ]);
  });

  it('is subscribed behind what it received in a new session, also while Kafka takes nothing', async () => {
    const { org, parts, subscribed } = start();
    const publish = parts.producer.publish;
    let isTaking = false;
    parts.producer.publish = async (records) => {
      if (!isTaking) throw new BridgeError('SKB_KAFKA_UNAVAILABLE', 'no leader');
      await publish(records);
    };
    await whileRunning([pollerOrg(org)], parts, async () => {
      await subscribed();
      org.ends.push({ after: 0, error: lost() });
      org.add(productEvent(3));
      await until(() => org.asked.length === 2);
      isTaking = true;
      await until(() => positionOf(parts)?.replayId === '3');
    });
    expect(org.asked.map(([, from]) => from)).toEqual(['latest', '3']);
    expect(namesOf(parts)).toEqual(['change 3']);
  });

  it('starts a channel that it never read as if it had read no other', async () => {
    const { org, parts, subscribed } = start();
    await whileRunning([pollerOrg(org)], parts, async () => {
      await subscribed();
      org.add(productEvent(3));
      await until(() => positionOf(parts)?.replayId === '3');
    });
    const lead = { kind: 'changeDataCapture', object: 'Lead' } as const;
    const leads = pollerOrg(org, { sources: [source({ capture: lead })] });
    await whileRunning([leads], parts, () => until(() => org.asked.length === 2));
    expect(org.asked.at(-1)).toEqual(['/data/LeadChangeEvent', 'latest']);
    expect(positionOf(parts)?.replayId).toBe('3');
  });

  it('goes on when Salesforce does not answer what a channel needs before it is subscribed', async () => {
    const { org, parts } = start();
    const leads = source({ capture: { kind: 'pushTopic', object: 'Lead', name: 'Leads', create: true } });
    const withLeads = pollerOrg(org, { sources: [leads] });
    let failures = 3;
    const query = async () => {
      failures -= 1;
      if (failures >= 0) throw new BridgeError('SKB_SALESFORCE_UNAVAILABLE', '503 SERVER_UNAVAILABLE');
      return [];
    };
    await whileRunning([{ ...withLeads, rest: { ...withLeads.rest, query } }], parts, () =>
      until(() => org.asked.length === 1),
    );
    expect(failures).toBeLessThan(0);
    expect(parts.logger.of('session lost').length).toBeGreaterThan(0);
  });

  it('is covered until now at most, also when an event says that it was committed in years', async () => {
    const { org, parts, subscribed } = start();
    await whileRunning([pollerOrg(org)], parts, async () => {
      await subscribed();
      org.add(productEvent(3, startOfTime + 1e11));
      await until(() => positionOf(parts)?.replayId === '3');
    });
    expect(Date.parse(positionOf(parts)?.coveredUntil ?? '')).toBeLessThanOrEqual(parts.clock.date().getTime());
    // Nothing that comes later counts as covered, after the replay ID was refused.
    org.refusals.push(new BridgeError('SKB_REPLAY_LOST', '400::The replayId {3} you provided was invalid.'));
    await whileRunning([pollerOrg(org)], parts, async () => {
      await until(() => org.asked.length === 3);
      org.add(productEvent(7, parts.clock.date().getTime()));
      await until(() => positionOf(parts)?.replayId === '7');
    });
    expect(namesOf(parts)).toContain('change 7');
  });

  it('does not commit an event that Kafka has not acknowledged, however long that takes', async () => {
    const { org, parts, subscribed } = start();
    const publish = parts.producer.publish;
    let refusals = 5;
    parts.producer.publish = async (records) => {
      expect(positionOf(parts)?.replayId).toBeUndefined();
      refusals -= 1;
      if (refusals >= 0) throw new BridgeError('SKB_KAFKA_UNAVAILABLE', 'no leader');
      await publish(records);
    };
    await whileRunning([pollerOrg(org)], parts, async () => {
      await subscribed();
      org.add(productEvent(3));
      await until(() => positionOf(parts)?.replayId === '3');
    });
    expect(namesOf(parts)).toEqual(['change 3']);
    expect(parts.logger.of('publish waits')).toHaveLength(1);
  });

  it('leaves the position alone when it is drained while Kafka refuses', async () => {
    const { org, parts, subscribed } = start();
    parts.producer.publish = async () => {
      throw new BridgeError('SKB_KAFKA_UNAVAILABLE', 'no leader');
    };
    await whileRunning([pollerOrg(org)], parts, async () => {
      await subscribed();
      org.add(productEvent(3));
      await until(() => parts.logger.of('publish waits').length > 0);
    });
    expect(positionOf(parts)?.replayId).toBeUndefined();
  });

  it('finishes publish and commit of what it received before it drains', async () => {
    const { org, parts, subscribed } = start();
    const publish = parts.producer.publish;
    const drain = new AbortController();
    parts.producer.publish = async (records) => {
      drain.abort();
      await publish(records);
    };
    const running = runPoller([pollerOrg(org)], parts, drain.signal);
    await subscribed();
    org.add(productEvent(3));
    await running;
    expect(positionOf(parts)?.replayId).toBe('3');
  });

  it('subscribes as many channels as it has, no more at once than a request may hold', async () => {
    const { org, parts } = start();
    const sources = Array.from({ length: 230 }, (_, n) =>
      source({ name: `s${n}`, capture: { kind: 'changeDataCapture', object: `Object_${n}__c` }, topic: `t${n}` }),
    );
    await whileRunning([pollerOrg(org, { sources })], parts, () =>
      until(() => parts.logger.of('subscribed').length === 230),
    );
    expect(org.subscribes.every((channels) => channels <= 100)).toBe(true);
    expect(org.subscribes.reduce((sum, channels) => sum + channels)).toBe(230);
    expect(org.handshakes).toBe(1);
  });

  it('publishes to the topic of every source that shares a channel, over one subscription', async () => {
    const { org, parts, subscribed } = start();
    const sources = [source(), source({ name: 'copy', topic: 'copies' })];
    await whileRunning([pollerOrg(org, { sources })], parts, async () => {
      await subscribed();
      org.add(productEvent(3));
      await until(() => positionOf(parts)?.replayId === '3');
    });
    expect(org.asked).toHaveLength(1);
    expect([namesOf(parts), namesOf(parts, 'copies')]).toEqual([['change 3'], ['change 3']]);
  });

  it('gives Kafka time to take what was received when it drains, and not for ever', async () => {
    const startedAt = (parts: ReturnType<typeof createMemoryParts>) => parts.clock.now();
    const drainWhile = async (answersAfterMs: number) => {
      const { org, parts, subscribed } = start();
      const publish = parts.producer.publish;
      const drain = new AbortController();
      let drainedAt = Number.NaN;
      parts.producer.publish = async (records) => {
        drainedAt = startedAt(parts);
        drain.abort();
        await parts.clock.wait(answersAfterMs, new AbortController().signal);
        await publish(records);
      };
      const running = runPoller([pollerOrg(org)], parts, drain.signal);
      await subscribed();
      org.add(productEvent(3));
      await running;
      return { replayId: positionOf(parts)?.replayId, tookMs: parts.clock.now() - drainedAt };
    };
    expect(await drainWhile(15_000)).toMatchObject({ replayId: '3' });
    const stuck = await drainWhile(600_000);
    expect(stuck.replayId).toBeUndefined();
    expect(stuck.tookMs).toBeLessThan(60_000);
  });

  it('ends for a bug, without a commit', async () => {
    const { org, parts, subscribed } = start();
    parts.producer.publish = async () => {
      throw new TypeError('x is not a function');
    };
    const running = runPoller([pollerOrg(org)], parts, new AbortController().signal);
    const outcome = expect(running).rejects.toMatchObject({ code: 'SKB_BUG' });
    await subscribed();
    org.add(productEvent(3));
    await outcome;
    expect(positionOf(parts)?.replayId).toBeUndefined();
  });
});

it('reports its health: standby, waiting for Kafka, connecting, streaming', async () => {
  const { org, parts, subscribed } = start();
  await whileRunning([pollerOrg(org)], parts, async () => {
    await subscribed();
    org.add(productEvent(3));
    await until(() => positionOf(parts)?.replayId === '3');
  });
  expect([...new Set(parts.healthReports.map((report) => (report as { state: string }).state))]).toEqual([
    'standby',
    'waiting-for-kafka',
    'connecting',
    'streaming',
  ]);
  expect(parts.healthReports.at(-1)).toMatchObject({ lastConnectAt: expect.stringMatching(/^2026-01-01T/) });
});
