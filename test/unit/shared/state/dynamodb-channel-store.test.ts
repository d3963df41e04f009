import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ReplayId } from '../../../../shared/state/channel-store.ts';
import { createDynamodbChannelStore } from '../../../../shared/state/dynamodb-channel-store.ts';

const client = mockClient(DynamoDBDocumentClient);
const store = createDynamodbChannelStore({
  client: DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'eu-central-1' })),
  tableName: 'state',
});
const channel = { org: 'main', channel: '/data/Product2ChangeEvent' };
const place = { pk: 'CHANNEL#main#/data/Product2ChangeEvent', sk: 'POSITION' };
const replayId = '42' as ReplayId;

beforeEach(() => client.reset());
const put = () => client.commandCalls(PutCommand)[0]?.args[0].input;

describe('the item of a channel', () => {
  it('is read consistently, and one of a release without leases counts as version 0 without an owner', async () => {
    client
      .on(GetCommand, { TableName: 'state', Key: place, ConsistentRead: true })
      .resolves({ Item: { ...place, openedAt: '2026-01-01', replayId, committedAt: '2026-01-02' } });
    expect(await store.read(channel)).toEqual({ openedAt: '2026-01-01', replayId, fence: 0, version: 0 });
  });

  it('is undefined when there is none', async () => {
    client.on(GetCommand).resolves({});
    expect(await store.read(channel)).toBeUndefined();
  });

  it('is written whole, in the next version, if it is still the one that was seen', async () => {
    client.on(PutCommand).resolves({});
    const written = await store.write(channel, { owner: 'me', fence: 3, replayId }, { fence: 2, version: 7 });
    expect(written).toEqual({ written: true, item: { owner: 'me', fence: 3, replayId, version: 8 } });
    expect(put()).toMatchObject({
      Item: { ...place, owner: 'me', fence: 3, replayId, version: 8 },
      ConditionExpression: '#version = :seen',
      ExpressionAttributeValues: { ':seen': 7 },
    });
  });

  it.each([
    ['was not there', undefined, 'attribute_not_exists(pk)', undefined],
    [
      'had no version yet',
      { fence: 0, version: 0, replayId },
      'attribute_exists(pk) AND attribute_not_exists(#version) AND replayId = :replayId',
      { ':replayId': replayId },
    ],
    [
      'had neither version nor event yet',
      { fence: 0, version: 0 },
      'attribute_exists(pk) AND attribute_not_exists(#version) AND attribute_not_exists(replayId)',
      undefined,
    ],
  ])('that %s is written only if that still holds', async (_, seen, condition, values) => {
    client.on(PutCommand).resolves({});
    await store.write(channel, { owner: 'me', fence: 1 }, seen);
    expect(put()).toMatchObject({ Item: { version: 1 }, ConditionExpression: condition });
    expect(put()?.ExpressionAttributeValues).toEqual(values);
  });

  it('that somebody else wrote is given back as it is now', async () => {
    client.on(PutCommand).rejects(new ConditionalCheckFailedException({ message: 'no', $metadata: {} }));
    client.on(GetCommand).resolves({ Item: { ...place, owner: 'other', fence: 4, version: 9 } });
    expect(await store.write(channel, { owner: 'me', fence: 3 }, { fence: 2, version: 7 })).toEqual({
      written: false,
      item: { owner: 'other', fence: 4, version: 9 },
    });
  });

  it('is unknown, not refused, when the table does not answer', async () => {
    client.rejects(new Error('socket hang up'));
    const failed = { code: 'SKB_CHECKPOINT_FAILED', context: { channel: channel.channel } };
    await expect(store.read(channel)).rejects.toMatchObject(failed);
    await expect(store.write(channel, { fence: 1 }, undefined)).rejects.toMatchObject(failed);
  });
});
