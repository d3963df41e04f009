import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../functions/poller/config.ts';
import { changeDataCapture } from '../../../../shared/bridge/captures.ts';
import { parseBridge } from '../../../../shared/bridge/define-bridge.ts';

const bridge = parseBridge({
  name: 'commerce',
  orgs: { main: {}, idle: {} },
  sources: { products: { org: 'main', capture: changeDataCapture('Product2'), topic: 'products' } },
});
const good = {
  AWS_REGION: 'eu-central-1',
  STATE_TABLE_NAME: 'state',
  KAFKA_BROKERS: 'one:9092, two:9092',
  SALESFORCE_SECRETS: '{"main":"arn:aws:secretsmanager:eu-central-1:111122223333:secret:main"}',
};

describe("the poller's environment", () => {
  it('is read once and typed', () => {
    expect(readConfig(bridge, { ...good, HEALTH_FILE: '/tmp/health.json' })).toEqual({
      region: 'eu-central-1',
      stateTableName: 'state',
      kafkaBrokers: ['one:9092', 'two:9092'],
      kafkaTransactions: 'available',
      transactionalIdPrefix: 'commerce',
      secretArns: new Map([['main', 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:main']]),
      healthFile: '/tmp/health.json',
    });
    expect(readConfig(bridge, { ...good, HEALTH_FILE: '' })).not.toHaveProperty('healthFile');
  });

  it.each([
    [{ AWS_REGION: '' }, 'AWS_REGION: is missing'],
    [{ STATE_TABLE_NAME: undefined }, 'STATE_TABLE_NAME: is missing'],
    [{ KAFKA_BROKERS: 'localhost' }, 'KAFKA_BROKERS: must be host:port pairs'],
    [{ KAFKA_TRANSACTIONS: 'maybe' }, "KAFKA_TRANSACTIONS: must be 'available' or 'unavailable'"],
    [{ TRANSACTIONAL_ID_PREFIX: 'a b' }, 'TRANSACTIONAL_ID_PREFIX: must be letters'],
    [{ SALESFORCE_SECRETS: 'arn:aws:x' }, 'SALESFORCE_SECRETS: must be a JSON object'],
    [{ SALESFORCE_SECRETS: '{"idle":"arn"}' }, 'SALESFORCE_SECRETS: names no secret for org main'],
  ])('is refused with %j', (wrong, problem) => {
    expect(() => readConfig(bridge, { ...good, ...wrong })).toThrow(
      expect.objectContaining({
        code: 'SKB_CONFIG_INVALID',
        context: { problems: [expect.stringContaining(problem)] },
      }),
    );
  });

  it('is refused with all its problems at once, without the value of any', () => {
    const wrong = { KAFKA_BROKERS: 'p@ssword', SALESFORCE_SECRETS: 'p@ssword' };
    expect(() => readConfig(bridge, wrong)).toThrow(/has 4 problems/);
    expect(() => readConfig(bridge, wrong)).not.toThrow(/p@ssword/);
  });
});
