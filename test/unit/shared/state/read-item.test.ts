import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createReadItem } from '../../../../shared/state/read-item.ts';

const client = mockClient(DynamoDBDocumentClient);
const read = createReadItem(DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'eu-central-1' })), 'state');
const first = { pk: 'SINK#a', sk: 'prices-0' };
const second = { pk: 'SINK#a', sk: 'prices-1' };

beforeEach(() => client.reset());
const asked = () => client.commandCalls(BatchGetCommand).map(({ args }) => args[0].input.RequestItems);

describe('items that are read', () => {
  it('in one turn cost one call, each of them once, as they were last written', async () => {
    client.on(BatchGetCommand).resolves({ Responses: { state: [{ ...second, settledOffset: 7 }] } });
    const items = await Promise.all([read(first), read(second), read({ ...second })]);
    expect(items).toEqual([undefined, { ...second, settledOffset: 7 }, { ...second, settledOffset: 7 }]);
    expect(asked()).toEqual([{ state: { Keys: [first, second], ConsistentRead: true } }]);
  });

  it('later are read anew', async () => {
    client
      .on(BatchGetCommand)
      .resolvesOnce({})
      .resolves({ Responses: { state: [first] } });
    expect(await read(first)).toBeUndefined();
    expect(await read(first)).toEqual(first);
    expect(asked()).toHaveLength(2);
  });

  it('fail for everyone who asked, and are read again by the next who asks', async () => {
    client
      .on(BatchGetCommand)
      .rejectsOnce(new Error('table down'))
      .resolves({ Responses: { state: [first] } });
    const all = await Promise.allSettled([read(first), read(second)]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await read(first)).toEqual(first);
  });
});
