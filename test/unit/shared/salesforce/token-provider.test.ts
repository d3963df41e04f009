import { describe, expect, it } from 'vitest';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import { type AccessToken, createTokenProvider } from '../../../../shared/salesforce/auth/token-provider.ts';

function setUp(answer: (login: number) => AccessToken = token) {
  const state = { logins: 0, now: 0 };
  const provider = createTokenProvider({
    now: () => state.now,
    login: async () => {
      state.logins += 1;
      return answer(state.logins);
    },
  });
  return { provider, state };
}

function token(number: number): AccessToken {
  return { value: `token-${number}`, instanceUrl: 'https://org.example', orgId: '00D000000000001AAA' };
}

function refuse(): never {
  throw new BridgeError('SKB_AUTH_REJECTED', 'invalid_client');
}

describe('the token provider', () => {
  it('logs in once for many callers', async () => {
    const { provider, state } = setUp();
    const tokens = await Promise.all([provider.current(), provider.current(), provider.current()]);
    expect(new Set(tokens.map((each) => each.value))).toEqual(new Set(['token-1']));
    expect(state.logins).toBe(1);
  });

  it('replaces a token ahead of its end, without letting anybody wait for it', async () => {
    const { provider, state } = setUp();
    await provider.current();
    state.now = 89 * 60_000;
    expect((await provider.current()).value).toBe('token-1');
    state.now = 90 * 60_000;
    expect((await provider.current()).value).toBe('token-1');
    await new Promise((resolve) => setImmediate(resolve));
    expect((await provider.current()).value).toBe('token-2');
    expect(state.logins).toBe(2);
  });

  it('gives callers that were refused together one new token', async () => {
    const { provider, state } = setUp();
    const old = await provider.current();
    const renewed = await Promise.all([provider.renew(old), provider.renew(old)]);
    expect(renewed.map((each) => each.value)).toEqual(['token-2', 'token-2']);
    expect((await provider.renew(old)).value).toBe('token-2');
    expect(state.logins).toBe(2);
  });

  it('answers a refusal from memory for a minute, so that nobody is locked out', async () => {
    const { provider, state } = setUp(refuse);
    await expect(provider.current()).rejects.toThrow('invalid_client');
    state.now = 59_000;
    await expect(provider.current()).rejects.toMatchObject({ code: 'SKB_AUTH_REJECTED', retryAfterMs: 1_000 });
    expect(state.logins).toBe(1);
    state.now = 60_000;
    await expect(provider.current()).rejects.toThrow('invalid_client');
    expect(state.logins).toBe(2);
  });

  it('asks again at once after trouble that was not a refusal', async () => {
    const { provider, state } = setUp((login) => {
      if (login === 1) throw new BridgeError('SKB_SALESFORCE_UNAVAILABLE', '503');
      return token(login);
    });
    await expect(provider.current()).rejects.toThrow('503');
    expect((await provider.current()).value).toBe('token-2');
    expect(state.logins).toBe(2);
  });
});
