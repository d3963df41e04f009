import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runPoller } from '../../../../functions/poller/poller.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import {
  createMemoryChannels,
  createMemoryOrg,
  createMemoryParts,
  createMemoryProducer,
  pollerOrg,
  productChannel,
  productEvent,
  startOfTime,
  until,
} from '../../../unit/functions/poller/in-memory.ts';

/** What goes wrong at one publish or commit. A crash is the end of the program; a restart follows. */
type Fault = 'none' | 'refused' | 'half-stored' | 'crash-before' | 'crash-after';

const fault = fc.constantFrom<Fault>('none', 'none', 'refused', 'half-stored', 'crash-before', 'crash-after');
const scenario = fc.record({
  events: fc.integer({ min: 1, max: 20 }),
  publishFaults: fc.array(fault, { maxLength: 12 }),
  commitFaults: fc.array(fault, { maxLength: 12 }),
  /** Sessions that end after a number of events. */
  ends: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 8 }),
});

const crash = () => new BridgeError('SKB_BUG', 'the program died here');
const lost = () => new BridgeError('SKB_SUBSCRIPTION_LOST', '403::Unknown client');

it('under any interleaving of receive, acknowledge, crash and restart no committed position passes an unpublished event', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ events, publishFaults, commitFaults, ends }) => {
      const org = createMemoryOrg();
      const kafka = createMemoryProducer();
      const channels = createMemoryChannels();
      // The channel was opened before anything happened, so every event is owed.
      await channels.open({ org: 'main', channel: productChannel }, new Date(startOfTime));
      const ids = Array.from({ length: events }, (_, n) => 10 + n * 3);
      org.add(...ids.map((id) => productEvent(id, startOfTime + id)));
      org.ends.push(...ends.map((after) => ({ after, error: lost() })));

      const published = () => {
        return kafka.records.map((record) => Number(/change (\d+)/.exec(String(record.value))?.[1]));
      };
      const producer = {
        ...kafka,
        publish: (records: Parameters<typeof kafka.publish>[0]) =>
          withFault(publishFaults.shift(), 'SKB_KAFKA_UNAVAILABLE', async (part) => {
            await kafka.publish(records.slice(0, Math.ceil(records.length * part)));
          }),
      };
      const checkedChannels = {
        ...channels,
        commit: (...[key, replayId]: Parameters<typeof channels.commit>) =>
          withFault(commitFaults.shift(), 'SKB_CHECKPOINT_FAILED', async () => {
            const passed = ids.filter((id) => id <= Number(replayId));
            expect(published()).toEqual(expect.arrayContaining(passed));
            await channels.commit(key, replayId);
          }),
      };

      const last = String(ids.at(-1));
      const isDone = () => channels.positions.get(`main ${productChannel}`)?.replayId === last;
      for (let life = 0; !isDone(); life += 1) {
        expect(life).toBeLessThan(publishFaults.length + commitFaults.length + 30);
        const drain = new AbortController();
        const parts = { ...createMemoryParts(), producer, channels: checkedChannels };
        const running = runPoller([pollerOrg(org)], parts, drain.signal).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'SKB_BUG', message: 'the program died here' });
        });
        await Promise.race([running, until(isDone)]);
        drain.abort();
        await running;
      }

      // Nothing lost, and each change appears for the first time in its order.
      expect([...new Set(published())]).toEqual(ids);
    }),
    { numRuns: 300 },
  );
});

async function withFault(
  kind: Fault = 'none',
  refusal: 'SKB_KAFKA_UNAVAILABLE' | 'SKB_CHECKPOINT_FAILED',
  store: (part: number) => Promise<void>,
): Promise<void> {
  if (kind === 'crash-before') throw crash();
  if (kind === 'refused') throw new BridgeError(refusal, 'refused');
  if (kind === 'half-stored') {
    await store(0.5);
    throw new BridgeError(refusal, 'refused after a part was stored');
  }
  await store(1);
  if (kind === 'crash-after') throw crash();
}
