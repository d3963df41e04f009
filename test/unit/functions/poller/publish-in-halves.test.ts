import { expect, it } from 'vitest';
import { publishInHalves } from '../../../../functions/poller/publish-in-halves.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';

const tooLarge = () => new BridgeError('SKB_RECORD_TOO_LARGE', 'over 1 MB');
const items = Array.from({ length: 1000 }, (_, index) => index);

/** A log that refuses every request with one of these items. */
function start(refused: readonly number[]) {
  const log: string[] = [];
  let requests = 0;
  const behind = async (...added: string[]) => {
    log.push(...added);
    return { topic: { 0: log.length } };
  };
  const publish = async (some: readonly number[]) => {
    requests += 1;
    if (some.some((item) => refused.includes(item))) throw tooLarge();
    return await behind(...some.map(String));
  };
  const replace = (item: number) => behind(`letter of ${item}`);
  return { log, requests: () => requests, run: (given = items) => publishInHalves(given, publish, replace) };
}

it('publishes all at once where nothing is refused', async () => {
  const { log, requests, run } = start([]);
  expect(await run()).toEqual({ topic: { 0: 1000 } });
  expect(log).toEqual(items.map(String));
  expect(requests()).toBe(1);
});

it('puts something else in the place of what is refused, keeps the order, and asks few times more', async () => {
  const { log, requests, run } = start([0, 700, 999]);
  expect(await run()).toEqual({ topic: { 0: 1000 } });
  expect(log).toEqual(items.map((item) => ([0, 700, 999].includes(item) ? `letter of ${item}` : String(item))));
  expect(requests()).toBeLessThan(70);
});

it('has nothing to replace where nothing was given', async () => {
  const { run } = start([]);
  expect(await run([])).toEqual({ topic: { 0: 0 } });
});

it('goes on with nothing when it is not the items that are at fault', async () => {
  const down = new BridgeError('SKB_KAFKA_UNAVAILABLE', 'no leader');
  const replaced: number[] = [];
  const run = publishInHalves(
    items,
    () => Promise.reject(down),
    async (item) => {
      replaced.push(item);
      return {};
    },
  );
  await expect(run).rejects.toBe(down);
  expect(replaced).toEqual([]);
});
