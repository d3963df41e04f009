import { createSign } from 'node:crypto';
import { BridgeError } from '../../errors/bridge-error.ts';
import type { SalesforceCredentials } from './credentials.ts';

/** Salesforce takes assertions that end within five minutes; clocks may be apart. */
const LIFE_SECONDS = 180;

/**
 * A signed statement that we are the app and may act for the user.
 * https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_jwt_flow.htm
 *
 * @param now milliseconds since the epoch.
 * @throws BridgeError SKB_AUTH_REJECTED when the key cannot sign; it names no part of the key.
 */
export function signAssertion(credentials: SalesforceCredentials, now: number): string {
  const { consumerKey: iss, username: sub, audience, baseUri, privateKey = '' } = credentials;
  const isSandbox = /\.sandbox\.my\.salesforce\.com$|^test\.salesforce\.com$/.test(new URL(baseUri).hostname);
  const aud = audience ?? (isSandbox ? 'https://test.salesforce.com' : 'https://login.salesforce.com');
  const claims = { iss, sub, aud, exp: Math.floor(now / 1000) + LIFE_SECONDS };
  const text = [{ alg: 'RS256' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  try {
    return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
  } catch {
    // OpenSSL's message says something about the key, so it must not become the cause.
    throw new BridgeError(
      'SKB_AUTH_REJECTED',
      'The private key of the secret cannot sign; it must be an RSA key in PEM',
    );
  }
}
