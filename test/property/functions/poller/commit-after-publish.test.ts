import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runPoller } from '../../../../functions/poller/poller.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import type { ChannelStore } from '../../../../shared/state/channel-store.ts';
import {
  createMemoryChannels,
  createMemoryOrg,
  createMemoryParts,
  pollerOrg,
  productChannel,
  productEvent,
  startOfTime,
  until,
} from '../../../unit/functions/poller/in-memory.ts';
import { createMemoryKafka } from '../../../unit/functions/poller/memory-kafka.ts';

/** What goes wrong at one publish or commit. A crash is the end of the program; a restart follows. */
type Fault = 'none' | 'refused' | 'half-stored' | 'crash-before' | 'crash-after';

const fault = fc.constantFrom<Fault>('none', 'none', 'refused', 'half-stored', 'crash-before', 'crash-after');
const scenario = fc.record({
  events: fc.integer({ min: 1, max: 20 }),
  publishFaults: fc.array(fault, { maxLength: 12 }),
  commitFaults: fc.array(fault, { maxLength: 12 }),
  /** Sessions that end after a number of events. */
  /** Events of a transaction: with few of them the next ones are made ahead. */
  batchRecords: fc.integer({ min: 1, max: 6 }),
  ends: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 8 }),
});

const crash = () => new BridgeError('SKB_BUG', 'the program died here');
const lost = () => new BridgeError('SKB_SUBSCRIPTION_LOST', '403::Unknown client');

it('under any interleaving of receive, acknowledge, crash and restart no committed position passes an unpublished event', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ events, publishFaults, commitFaults, batchRecords, ends }) => {
      const org = createMemoryOrg();
      const kafka = createMemoryKafka();
      const channels = createMemoryChannels();
      // The channel was opened before anything happened, so every event is owed.
      channels.positions.set(`main ${productChannel}`, { openedAt: new Date(startOfTime).toISOString() });
      const ids = Array.from({ length: events }, (_, n) => 10 + n * 3);
      org.add(...ids.map((id) => productEvent(id, startOfTime + id)));
      org.ends.push(...ends.map((after) => ({ after, error: lost() })));

      const published = () => {
        return kafka.records.map((record) => Number(/change (\d+)/.exec(String(record.value))?.[1]));
      };
      const store = kafka.publish;
      kafka.publish = (records) =>
        withFault(publishFaults.shift(), 'SKB_KAFKA_UNAVAILABLE', async (part) => {
          await store(records.slice(0, Math.ceil(records.length * part)));
        });
      const checkedChannels: ChannelStore = {
        ...channels,
        write: (...[key, next, seen]) =>
          withFault(next.replayId === undefined ? 'none' : commitFaults.shift(), 'SKB_CHECKPOINT_FAILED', async () => {
            const passed = ids.filter((id) => id <= Number(next.replayId));
            expect(published()).toEqual(expect.arrayContaining(passed));
            return await channels.write(key, next, seen);
          }),
      };

      const last = String(ids.at(-1));
      const isDone = () => channels.positions.get(`main ${productChannel}`)?.replayId === last;
      for (let life = 0; !isDone(); life += 1) {
        expect(life).toBeLessThan(publishFaults.length + commitFaults.length + 30);
        const drain = new AbortController();
        const { producers, log } = kafka;
        const memory = createMemoryParts();
        const settings = { ...memory.settings, batchRecords };
        const parts = { ...memory, settings, producers, log, channels: checkedChannels, owner: `task ${life}` };
        const running = runPoller([pollerOrg(org)], parts, drain.signal).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'SKB_BUG', message: 'the program died here' });
        });
        await Promise.race([running, until(isDone)]);
        drain.abort();
        await running;
      }

      // Nothing lost, nothing twice, and in order.
      expect(published()).toEqual(ids);
    }),
    { numRuns: 300 },
  );
});

async function withFault<T>(
  kind: Fault = 'none',
  refusal: 'SKB_KAFKA_UNAVAILABLE' | 'SKB_CHECKPOINT_FAILED',
  store: (part: number) => Promise<T>,
): Promise<T> {
  if (kind === 'crash-before') throw crash();
  if (kind === 'refused') throw new BridgeError(refusal, 'refused');
  if (kind === 'half-stored') {
    await store(0.5);
    throw new BridgeError(refusal, 'refused after a part was stored');
  }
  const stored = await store(1);
  if (kind === 'crash-after') throw crash();
  return stored;
}
