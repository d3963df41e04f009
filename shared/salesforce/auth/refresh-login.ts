import type { SecretStore } from '../../aws/secret-store.ts';
import { BridgeError } from '../../errors/bridge-error.ts';
import { parseCredentials, type SalesforceCredentials } from './credentials.ts';
import type { login } from './login.ts';
import type { AccessToken } from './token-provider.ts';

interface RefreshLoginParts {
  readonly secretArn: string;
  readonly secrets: SecretStore;
  readonly login: typeof login;
  readonly wait: (ms: number) => Promise<void>;
}

/** How often to look for what another task stored, after our refresh token turned out to be void. */
const LOOKS = 5;
const LOOK_EVERY_MS = 1000;

/**
 * Logs in by refresh token. Where the app rotates refresh tokens, each login voids the former one, and several tasks share
 * the secret: so the new one is stored only over the one it replaces, and who is refused looks whether another task was
 * first before it gives up. https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_refresh_token_flow.htm
 */
export function createRefreshLogin({ secretArn, secrets, login, wait }: RefreshLoginParts): () => Promise<AccessToken> {
  async function attempt(): Promise<{ token: AccessToken } | { refused: BridgeError; with: SalesforceCredentials }> {
    const { text, version } = await secrets.read(secretArn);
    const credentials = parseCredentials(text, secretArn, 'refreshToken');
    try {
      const { refreshToken, ...token } = await login('refreshToken', credentials);
      if (refreshToken !== undefined && refreshToken !== credentials.refreshToken) {
        const whole = JSON.stringify({ ...(JSON.parse(text) as object), refreshToken });
        await secrets.replace(secretArn, whole, version);
      }
      return { token };
    } catch (error) {
      if (!(error instanceof BridgeError) || error.code !== 'SKB_AUTH_REJECTED') throw error;
      return { refused: error, with: credentials };
    }
  }

  async function isReplaced(used: SalesforceCredentials): Promise<boolean> {
    for (let look = 0; look < LOOKS; look += 1) {
      const { text } = await secrets.read(secretArn);
      if (parseCredentials(text, secretArn, 'refreshToken').refreshToken !== used.refreshToken) return true;
      if (look < LOOKS - 1) await wait(LOOK_EVERY_MS);
    }
    return false;
  }

  return async () => {
    const first = await attempt();
    if ('token' in first) return first.token;
    if (!(await isReplaced(first.with))) throw first.refused;
    const second = await attempt();
    if ('token' in second) return second.token;
    throw second.refused;
  };
}
