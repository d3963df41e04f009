import { expect, it } from 'vitest';
import { deliveryOf } from '../../../../shared/bridge/delivery.ts';
import { transactionalId, transactionalIdPrefix } from '../../../../shared/bridge/transactional-id.ts';

it('a transactional ID names bridge, environment, org and channel, and begins with what rights are granted for', () => {
  const prefix = transactionalIdPrefix('commerce', 'dev');
  const key = { org: 'main', channel: '/data/Product2ChangeEvent' };
  expect(transactionalId(prefix, key)).toBe('commerce.dev.main.data.Product2ChangeEvent');
  expect(transactionalId(transactionalIdPrefix('commerce'), key)).toBe('commerce.main.data.Product2ChangeEvent');
});

it.each([
  ['exactly once, when nobody asked for less', [{}], 'available', 'exactlyOnce'],
  ['at least once, when all of its sources ask for that', [{ delivery: 'atLeastOnce' }], 'available', 'atLeastOnce'],
  ['exactly once, when one source wants it', [{ delivery: 'atLeastOnce' }, {}], 'available', 'exactlyOnce'],
  ['at least once, where the cluster cannot do better', [{}], 'unavailable', 'atLeastOnce'],
] as const)('a channel is delivered %s', (_, sources, transactions, guarantee) => {
  expect(deliveryOf(sources, transactions)).toBe(guarantee);
});
