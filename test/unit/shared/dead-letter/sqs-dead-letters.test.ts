import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { readQueueLetters } from '../../../../shared/dead-letter/read-letter.ts';
import { createSqsDeadLetters } from '../../../../shared/dead-letter/sqs-dead-letters.ts';
import { claimsOf, letterOf } from './letters.ts';

const sqs = mockClient(SQSClient);
afterEach(() => sqs.reset());

const storeWith = (claims?: ReturnType<typeof claimsOf>) =>
  createSqsDeadLetters({ sink: 'prices', queueUrl: 'https://queue', client: new SQSClient(), claims });
const calls = () => sqs.commandCalls(SendMessageBatchCommand).map((call) => call.args[0].input.Entries ?? []);
const bodies = () => calls().flatMap((entries) => entries.map(({ MessageBody = '' }) => MessageBody));
const noClaims = () => Promise.reject(new Error('no claims'));

describe('dead letters in a queue', () => {
  it('hold the record byte by byte, and say in attributes whence and why', async () => {
    sqs.on(SendMessageBatchCommand).resolves({});
    await storeWith().store([letterOf(17)]);
    const attributes = Object.entries(calls()[0]?.[0]?.MessageAttributes ?? {}).map(
      ([name, { StringValue }]) => `${name}: ${StringValue}`,
    );
    expect(attributes).toEqual([
      'bridge.sink: prices',
      'bridge.topic: erp.prices',
      'bridge.partition: 2',
      'bridge.offset: 17',
      'bridge.timestamp: 1700000000017',
      'bridge.error.code: SKB_ROW_REJECTED',
      'bridge.error.message: Row of erp.prices-2@1 rejected by Account: ?zu lang? ??',
      'bridge.salesforce.status: STRING_TOO_LONG',
      'bridge.salesforce.fields: Name,Phone',
      'bridge.attempts: 3',
    ]);
    expect(await readQueueLetters(bodies(), noClaims)).toEqual([{ ...letterOf(17), sink: 'prices' }]);
  });

  it('go ten to a call, and no call is too large', async () => {
    sqs.on(SendMessageBatchCommand).resolves({});
    await storeWith().store([
      ...Array.from({ length: 25 }, (_, offset) => letterOf(offset)),
      ...Array.from({ length: 4 }, (_, index) => letterOf(100 + index, 100_000)),
    ]);
    expect(calls().map((entries) => entries.length)).toEqual([10, 10, 6, 1, 1, 1]);
    for (const entries of calls()) {
      const bytes = entries.reduce((sum, { MessageBody = '' }) => sum + Buffer.byteLength(MessageBody), 0);
      expect(bytes).toBeLessThan(262_144);
    }
  });

  it('that are too large lie in the bucket, or in parts where there is none', async () => {
    sqs.on(SendMessageBatchCommand).resolves({});
    const large = letterOf(5, 1_000_000);
    const claims = claimsOf();
    await storeWith(claims).store([large]);
    expect(bodies()).toHaveLength(1);
    expect(await readQueueLetters(bodies(), claims.fetch)).toEqual([{ ...large, sink: 'prices' }]);
    sqs.resetHistory();
    await storeWith().store([large, letterOf(6)]);
    const stored = bodies();
    expect(stored.length).toBeGreaterThan(5);
    expect(await readQueueLetters([...stored, ...stored].reverse(), noClaims)).toEqual([
      { ...letterOf(6), sink: 'prices' },
      { ...large, sink: 'prices' },
    ]);
  });

  it('are sent again when the queue took only some of them', async () => {
    sqs
      .on(SendMessageBatchCommand)
      .resolvesOnce({ Successful: [], Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }] })
      .resolves({});
    await storeWith().store([letterOf(0), letterOf(1), letterOf(2)]);
    expect(calls().map((entries) => entries.map(({ Id }) => Id))).toEqual([['0', '1', '2'], ['1']]);
  });

  it('that the queue refuses for good are said so', async () => {
    sqs.on(SendMessageBatchCommand).resolves({
      Successful: [],
      Failed: [{ Id: '0', Code: 'InvalidMessageContents', SenderFault: true }],
    });
    await expect(storeWith().store([letterOf(0)])).rejects.toMatchObject({ code: 'SKB_DEAD_LETTER_FAILED' });
    expect(calls()).toHaveLength(1);
  });

  it('without a queue are said so', async () => {
    sqs.on(SendMessageBatchCommand).rejects(new Error('AccessDenied'));
    await expect(storeWith().store([letterOf(0)])).rejects.toMatchObject({
      code: 'SKB_DEAD_LETTER_FAILED',
      context: { sink: 'prices' },
    });
  });
});
