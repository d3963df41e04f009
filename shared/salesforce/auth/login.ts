import { BridgeError } from '../../errors/bridge-error.ts';
import { signAssertion } from './assertion.ts';
import type { AuthFlow, SalesforceCredentials } from './credentials.ts';
import type { AccessToken } from './token-provider.ts';

interface TokenAnswer {
  readonly access_token?: unknown;
  readonly instance_url?: unknown;
  readonly id?: unknown;
  readonly refresh_token?: unknown;
  readonly error?: unknown;
  readonly error_description?: unknown;
}

/**
 * Asks the org's token endpoint for an access token.
 * https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_client_credentials_flow.htm
 *
 * @throws BridgeError SKB_AUTH_REJECTED for a refusal (asking again will not help), SKB_SALESFORCE_UNAVAILABLE otherwise.
 */
export async function login(
  flow: AuthFlow,
  credentials: SalesforceCredentials,
  now: number = Date.now(),
): Promise<AccessToken & { readonly refreshToken?: string }> {
  const baseUri = credentials.baseUri.replace(/\/+$/, '');
  const answer = await post(`${baseUri}/services/oauth2/token`, formFor(flow, credentials, now));
  if (typeof answer.access_token === 'string') {
    const instanceUrl = typeof answer.instance_url === 'string' ? answer.instance_url : baseUri;
    // The identity URL ends in /id/<org>/<user>.
    const orgId = /\/id\/(00D\w{12,15})\//.exec(String(answer.id))?.[1] ?? '';
    return {
      value: answer.access_token,
      instanceUrl: instanceUrl.replace(/\/+$/, ''),
      orgId,
      // Comes only where the app rotates refresh tokens; the former one is void then.
      ...(typeof answer.refresh_token === 'string' ? { refreshToken: answer.refresh_token } : {}),
    };
  }
  throw new BridgeError(
    'SKB_AUTH_REJECTED',
    `Salesforce refused the login at ${baseUri}: ${String(answer.error)} (${String(answer.error_description)})`,
    { context: { baseUri, flow, error: String(answer.error) } },
  );
}

function formFor(flow: AuthFlow, credentials: SalesforceCredentials, now: number): URLSearchParams {
  const { consumerKey, consumerSecret, refreshToken = '' } = credentials;
  if (flow === 'jwtBearer') {
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    return new URLSearchParams({ grant_type, assertion: signAssertion(credentials, now) });
  }
  const client = { client_id: consumerKey, ...(consumerSecret === undefined ? {} : { client_secret: consumerSecret }) };
  if (flow === 'clientCredentials') return new URLSearchParams({ grant_type: 'client_credentials', ...client });
  if (flow === 'refreshToken') {
    return new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken, ...client });
  }
  return new URLSearchParams({
    grant_type: 'password',
    ...client,
    username: credentials.username ?? '',
    password: `${credentials.password ?? ''}${credentials.securityToken ?? ''}`,
  });
}

async function post(url: string, form: URLSearchParams): Promise<TokenAnswer> {
  let response: Response;
  try {
    response = await fetch(url, { method: 'POST', body: form, signal: AbortSignal.timeout(30_000) });
  } catch (cause) {
    throw new BridgeError('SKB_SALESFORCE_UNAVAILABLE', `No answer from ${new URL(url).origin}`, {
      cause: cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause,
    });
  }
  const text = await response.text();
  const body = jsonObject(text);
  // A refusal is a 4xx with an OAuth error body. Anything else (5xx, a proxy's HTML page) is weather.
  const readable = body !== undefined && (response.ok || (response.status < 500 && typeof body.error === 'string'));
  if (readable) return body;
  throw new BridgeError(
    'SKB_SALESFORCE_UNAVAILABLE',
    `The token endpoint of ${new URL(url).origin} answered ${response.status} without an OAuth body`,
    { context: { status: response.status } },
  );
}

function jsonObject(text: string): TokenAnswer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
