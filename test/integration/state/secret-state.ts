import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { createSecretStore } from '../../../shared/aws/secret-store.ts';
import type { StateGround } from './state-ground.ts';

export function secretsOfTasks(ground: StateGround): void {
  const storeOf = () => createSecretStore(ground.secrets);
  const textOf = (refreshToken: string) => JSON.stringify({ consumerKey: 'k', refreshToken });
  const put = (name: string) => ground.putSecret(name, JSON.parse(textOf('first')) as object);

  test('are replaced where they are what was read, and read by everybody from then on', async () => {
    const arn = await put('rotated');
    const { text, version } = await storeOf().read(arn);
    expect(text).toBe(textOf('first'));
    expect(await storeOf().replace(arn, textOf('second'), version)).toBe(true);
    const after = await storeOf().read(arn);
    expect(after.text).toBe(textOf('second'));
    expect(after.version).not.toBe(version);
  });

  test('that two tasks rotate at once are one’s, and the other is told so', async () => {
    const arn = await put('raced');
    const { version } = await storeOf().read(arn);
    const rotated = ['one', 'other'].map((token) => storeOf().replace(arn, textOf(token), version));
    const results = await Promise.all(rotated);
    expect(results.filter(Boolean)).toHaveLength(1);
    const winner = ['one', 'other'][results.indexOf(true)] ?? '';
    expect((await storeOf().read(arn)).text).toBe(textOf(winner));
  });

  test('stay what an operator put there meanwhile', async () => {
    const arn = await put('operated');
    const { version } = await storeOf().read(arn);
    await ground.putSecret('operated', JSON.parse(textOf('the operator’s')) as object);
    expect(await storeOf().replace(arn, textOf('late'), version)).toBe(false);
    const { SecretString: text } = await ground.secrets.send(new GetSecretValueCommand({ SecretId: arn }));
    expect(text).toBe(textOf('the operator’s'));
  });

  test('are refused when they are not there or hold nothing, without a word of their value', async () => {
    await expect(storeOf().read('nowhere')).rejects.toMatchObject({
      code: 'SKB_AUTH_REJECTED',
      message: expect.stringContaining('ResourceNotFoundException'),
    });
    await expect(storeOf().replace('nowhere', textOf('hunter2'), 'v')).rejects.toMatchObject({
      code: 'SKB_CHECKPOINT_FAILED',
      message: expect.not.stringContaining('hunter2'),
    });
  });
}
