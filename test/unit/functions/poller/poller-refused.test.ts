import { describe, expect, it } from 'vitest';
import type { PollerParts } from '../../../../functions/poller/poller.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import type { ReplayId } from '../../../../shared/state/channel-store.ts';
import { createMemoryOrg, pollerOrg, productChannel, productEvent, source, startOfTime, until } from './in-memory.ts';
import { lost, namesOf, positionOf, start, whileRunning } from './while-running.ts';

// What the poller does when Salesforce refuses something: a position, credentials, a channel, more for today.

describe('a lost replay ID', () => {
  const replayLost = () => new BridgeError('SKB_REPLAY_LOST', '400::The replayId {3} you provided was invalid.');
  const resume = async (
    onReplayLost: 'earliest' | 'latest' | 'halt',
    story: (all: ReturnType<typeof start>) => Promise<void>,
  ) => {
    const all = start();
    all.parts.channels.positions.set(`main ${productChannel}`, {
      openedAt: new Date(startOfTime - 1e9).toISOString(),
      replayId: '3' as ReplayId,
    });
    all.org.add(productEvent(5), productEvent(7));
    all.org.refusals.push(replayLost());
    const sources = [source({ onReplayLost })];
    await whileRunning([pollerOrg(all.org, { sources })], all.parts, () => story(all));
    return all;
  };

  it('starts again with everything retained', async () => {
    const { org, parts } = await resume('earliest', async ({ parts }) => {
      await until(() => positionOf(parts)?.replayId === '7');
    });
    expect(org.asked.map(([, from]) => from)).toEqual(['3', 'earliest']);
    expect(namesOf(parts)).toEqual(['change 5', 'change 7']);
    expect(parts.logger.of('replay ID lost')).toMatchObject([
      { level: 'warn', fields: { replayId: '3', onReplayLost: 'earliest' } },
    ]);
    expect(parts.counters.read().replayIdsLost).toBe(1);
  });

  it('goes on with new events, and then loses nothing more when the session is lost before one came', async () => {
    const { org, parts } = await resume('latest', async ({ org, parts, subscribed }) => {
      org.ends.push({ after: 0, error: lost() });
      await subscribed();
      org.add(productEvent(9, startOfTime + 1000));
      await until(() => positionOf(parts)?.replayId === '9');
    });
    expect(org.asked.map(([, from]) => from)).toEqual(['3', 'latest', 'earliest']);
    expect(namesOf(parts)).toContain('change 9');
  });

  it('is decided about once, also when the table does not take what was decided', async () => {
    let isFailing = false;
    const { org, parts } = await resume('earliest', async ({ org, parts }) => {
      const write = parts.channels.write;
      parts.channels.write = async (key, next, seen) => {
        // What stands for the decision: a position without a replay ID.
        if (next.replayId === undefined && !isFailing) {
          isFailing = true;
          throw new BridgeError('SKB_CHECKPOINT_FAILED', 'throttled');
        }
        return await write(key, next, seen);
      };
      await until(() => positionOf(parts)?.replayId === '7');
      expect(org.handshakes).toBe(2);
    });
    expect(isFailing).toBe(true);
    expect(org.asked.map(([, from]) => from)).toEqual(['3', 'earliest']);
    expect(parts.counters.read().replayIdsLost).toBe(1);
    expect([...parts.rereads.kept.values()].map(({ hole }) => hole)).toMatchObject([{ replayId: '3' }]);
  });

  it('halts the channel, says so once, and asks again slowly', async () => {
    const { org, parts } = await resume('halt', async ({ org, parts }) => {
      org.refusals.push(replayLost(), replayLost(), replayLost());
      // Events of another kind keep the session turning, as they do in an org that is alive.
      org.ends.push(...Array.from({ length: 40 }, () => ({ after: 0, error: lost() })));
      await until(() => org.asked.length >= 3);
      expect(parts.clock.now()).toBeGreaterThanOrEqual(2 * 60_000);
    });
    expect(new Set(org.asked.map(([, from]) => from))).toEqual(new Set(['3']));
    expect(parts.logger.of('channel waits')).toMatchObject([{ level: 'error', fields: { code: 'SKB_REPLAY_LOST' } }]);
    // Said once, to each partition.
    expect(new Set(parts.producer.records.map(({ value }) => value)).size).toBe(1);
    expect(JSON.parse(String(parts.producer.records[0]?.value))).toMatchObject({ _EventType: 'gap', to: null });
  });
});

describe('a refusal', () => {
  const rejected = () => new BridgeError('SKB_AUTH_REJECTED', 'Salesforce refused the login: invalid_client');

  it('of credentials stops its org with one line, is asked again each minute, and leaves other orgs alone', async () => {
    const { org: good, parts } = start();
    const bad = createMemoryOrg();
    bad.handshakeFailures.push(rejected(), rejected(), rejected());
    const orgs = [pollerOrg(good), pollerOrg(bad, { name: 'other' })];
    await whileRunning(orgs, parts, async () => {
      await until(() => parts.logger.of('subscribed').some((line) => line.fields['org'] === 'main'));
      good.add(productEvent(3));
      await until(() => positionOf(parts)?.replayId === '3');
      expect(bad.handshakes).toBe(1);
      await until(() => bad.handshakes === 4);
    });
    expect(parts.clock.now()).toBeGreaterThanOrEqual(3 * 60_000);
    expect(parts.logger.of('org waits')).toMatchObject([
      { level: 'error', fields: { org: 'other', code: 'SKB_AUTH_REJECTED' } },
    ]);
    expect(parts.healthReports).toContainEqual(
      expect.objectContaining({
        state: 'waiting-for-credentials',
        orgs: expect.objectContaining({ other: { state: 'waiting-for-credentials' } }),
      }),
    );
  });

  it('of one channel does not stop the others of its org', async () => {
    const { org, parts } = start();
    org.refusals.push(
      new BridgeError('SKB_SUBSCRIPTION_REFUSED', "400::The channel you requested to subscribe to doesn't exist"),
    );
    const lead = { kind: 'changeDataCapture', object: 'Lead' } as const;
    const sources = [source({ name: 'leads', capture: lead, topic: 'leads' }), source()];
    await whileRunning([pollerOrg(org, { sources })], parts, async () => {
      await until(() => parts.logger.of('subscribed').length === 1);
      org.add(productEvent(3));
      await until(() => positionOf(parts)?.replayId === '3');
    });
    expect(parts.logger.of('channel waits')).toMatchObject([
      { level: 'error', fields: { channel: '/data/LeadChangeEvent' } },
    ]);
  });

  it('of a channel is asked again after its pause, beside a connect that Salesforce holds', async () => {
    const { org, parts, subscribed } = start();
    org.refusals.push(new BridgeError('SKB_SUBSCRIPTION_REFUSED', '403::Subscription limit exceeded for this topic'));
    await whileRunning([pollerOrg(org)], parts, async () => {
      // Nothing happens that would end the connect.
      await subscribed();
      org.add(productEvent(3));
      await until(() => positionOf(parts)?.replayId === '3');
    });
    expect([org.handshakes, org.asked.length]).toEqual([1, 2]);
  });

  it('to make a PushTopic stops only its channel', async () => {
    const { org, parts } = start();
    const leads = source({
      name: 'leads',
      capture: { kind: 'pushTopic', object: 'Lead', name: 'Leads', create: true },
    });
    const withLeads = pollerOrg(org, { sources: [leads, source()] });
    const rest = { ...withLeads.rest, create: () => Promise.reject(new BridgeError('SKB_ROW_REJECTED', 'no access')) };
    await whileRunning([{ ...withLeads, rest }], parts, () => until(() => parts.logger.of('subscribed').length === 1));
    expect(org.asked.map(([channel]) => channel)).toEqual([productChannel]);
    expect(parts.logger.of('channel waits')).toMatchObject([
      { fields: { channel: '/topic/Leads', code: 'SKB_ROW_REJECTED' } },
    ]);
  });
});

describe('a describe that Salesforce refuses', () => {
  const capture = { kind: 'pushTopic', object: 'Lead', name: 'Leads', create: false } as const;
  const leadEvent = (replayId: number) => {
    const id = String(replayId) as ReplayId;
    const data = {
      event: { replayId: id, type: 'updated', createdDate: new Date(startOfTime).toISOString() },
      sobject: { Id: '00Q000000000001AAA', Name: `change ${replayId}`, City: 'Berlin' },
    };
    const text = JSON.stringify({ channel: '/topic/Leads', data });
    return { channel: '/topic/Leads', replayId: id, data, text, size: text.length };
  };

  it('costs the events of a PushTopic their child objects, and no event; it is said once', async () => {
    const { org, parts, subscribed } = start();
    const withLeads = pollerOrg(org, { sources: [source({ name: 'leads', topic: 'leads', capture })] });
    const describe = () => Promise.reject(new BridgeError('SKB_ROW_REJECTED', 'Salesforce answered 404 NOT_FOUND'));
    await whileRunning([{ ...withLeads, rest: { ...withLeads.rest, describe } }], parts, async () => {
      await subscribed();
      for (const replayId of [3, 7]) {
        org.add(leadEvent(replayId));
        await until(() => parts.channels.positions.get('main /topic/Leads')?.replayId === String(replayId));
      }
    });
    expect(namesOf(parts, 'leads')).toEqual(['change 3', 'change 7']);
    expect(parts.logger.of('addresses come without child objects, since the object cannot be described')).toMatchObject(
      [{ level: 'error', fields: { object: 'Lead', code: 'SKB_ROW_REJECTED' } }],
    );
  });
});

describe('a PushTopic capture', () => {
  it('of an object that has none is announced in one line and read through Change Data Capture', async () => {
    const { org, parts, subscribed } = start();
    const sources = [source({ capture: { kind: 'pushTopic', object: 'Product2', name: 'Products', create: true } })];
    await whileRunning([pollerOrg(org, { sources })], parts, subscribed);
    const note = 'Product2 has no PushTopic support in Salesforce and is captured through Change Data Capture instead';
    expect(parts.logger.of(note)).toHaveLength(1);
    expect(org.asked).toEqual([[productChannel, 'latest']]);
  });

  it('is made once, however often its session is lost', async () => {
    const { org, parts } = start();
    const created: string[] = [];
    org.ends.push({ after: 0, error: lost() }, { after: 0, error: lost() });
    const sources = [source({ capture: { kind: 'pushTopic', object: 'Lead', name: 'Leads', create: true } })];
    const withLeads = pollerOrg(org, { sources });
    const rest = { ...withLeads.rest, create: async (object: string) => created.push(object).toString() };
    await whileRunning([{ ...withLeads, rest }], parts, () => until(() => org.asked.length === 3));
    expect(created).toEqual(['PushTopic']);
  });
});

it('measures how much of the retention is left while the daily limit is waited out, and all of it afterwards', async () => {
  const { org, parts, subscribed } = start();
  const left: number[] = [];
  const measure: NonNullable<PollerParts['measure']> = ({ RetentionLeft: seconds }) => {
    if (seconds !== undefined) left.push(seconds);
  };
  const limit = () => new BridgeError('SKB_SALESFORCE_LIMIT', '403::Organization total events daily limit exceeded');
  const openedAt = new Date(startOfTime).toISOString();
  parts.channels.positions.set(`main ${productChannel}`, {
    openedAt,
    coveredUntil: openedAt,
    replayId: '3' as ReplayId,
  });
  org.add(productEvent(3));
  org.refusals.push(...Array.from({ length: 60 }, limit));
  const measured = { ...parts, measure };
  await whileRunning([pollerOrg(org)], measured, async () => {
    await subscribed();
    org.add(productEvent(7, parts.clock.date().getTime()));
    await until(() => positionOf(parts)?.replayId === '7' && (left.at(-1) ?? 0) > 71 * 3600);
  });
  // 60 refusals are hours.
  expect(Math.min(...left)).toBeLessThan(66 * 3600);
  expect(left.at(-1)).toBeGreaterThan(71 * 3600);
});
