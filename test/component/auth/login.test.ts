import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { startOrg } from '../../../local/org/org.ts';
import type { SecretStore } from '../../../shared/aws/secret-store.ts';
import type { Org } from '../../../shared/bridge/bridge.ts';
import { login } from '../../../shared/salesforce/auth/login.ts';
import { connectOrg } from '../../../shared/salesforce/connect-org.ts';

const org = (auth: Org['auth']): Org => ({
  name: 'main',
  auth,
  apiVersion: '66.0',
  dailyCallReserve: 0.1,
  tokenMinutes: 120,
});

/** A secret that counts its versions, and refuses to replace one that is not the newest. */
function createMemorySecret(value: object): SecretStore & { readonly versions: string[] } {
  const versions = [JSON.stringify(value)];
  return {
    versions,
    read: async () => ({ text: versions.at(-1) ?? '', version: String(versions.length) }),
    async replace(_arn, text, version) {
      if (version !== String(versions.length)) return false;
      versions.push(text);
      return true;
    },
  };
}

function connect(auth: Org['auth'], secret: SecretStore) {
  return connectOrg({
    org: org(auth),
    secretArn: 'main',
    readSecret: async () => (await secret.read('main')).text,
    secrets: secret,
    now: () => performance.now(),
  });
}

const clientSecret = 's';
const rotating = {
  apps: [
    { name: 'rotating', clientId: 'rotating', clientSecret, runAs: 'bridge@example.com', rotateRefreshTokens: true },
  ],
  users: [{ username: 'bridge@example.com', password: 'p', securityToken: 'T' }],
  refreshTokens: [{ token: 'refresh-1', app: 'rotating' }],
};

describe('the bridge logs in', () => {
  it('by a signed assertion', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'bridge-key-'));
    const started = await startOrg({ keyFolder: folder });
    try {
      const { clientId: consumerKey, username, jwtPrivateKeyFile } = started.credentials;
      const privateKey = await readFile(jwtPrivateKeyFile ?? '', 'utf8');
      const secret = createMemorySecret({ consumerKey, username, privateKey, baseUri: started.instanceUrl });
      const { rest } = connect('jwtBearer', secret);
      expect(await rest.query('SELECT Id FROM Account LIMIT 1')).toEqual([]);
    } finally {
      await started.close();
      await rm(folder, { recursive: true });
    }
  });

  it('by a refresh token that changes with every use, in several tasks that share the secret', async () => {
    const started = await startOrg({ seed: rotating });
    try {
      const secret = createMemorySecret({
        consumerKey: 'rotating',
        consumerSecret: clientSecret,
        refreshToken: 'refresh-1',
        baseUri: started.instanceUrl,
      });
      const tasks = [connect('refreshToken', secret), connect('refreshToken', secret)];
      for (let round = 0; round < 3; round += 1) {
        // Both at once: who comes second is refused with the token that the first one has used up.
        const tokens = await Promise.all(
          tasks.map(async ({ tokens: provider }) => provider.renew(await provider.current())),
        );
        expect(tokens.every(({ value }) => value !== '')).toBe(true);
      }
      expect(secret.versions.length).toBeGreaterThan(3);
      const used = secret.versions.map((version) => JSON.parse(version).refreshToken);
      expect(new Set(used).size).toBe(used.length);
      expect(JSON.parse(secret.versions.at(-1) ?? '')).toMatchObject({ consumerKey: 'rotating' });
    } finally {
      await started.close();
    }
  });

  it('and gives up when its refresh token is void for good', async () => {
    const started = await startOrg({ seed: rotating });
    try {
      const credentials = { consumerKey: 'rotating', consumerSecret: clientSecret, baseUri: started.instanceUrl };
      await expect(login('refreshToken', { ...credentials, refreshToken: 'never given' })).rejects.toMatchObject({
        code: 'SKB_AUTH_REJECTED',
      });
    } finally {
      await started.close();
    }
  });
});
