import * as z from 'zod/mini';
import { BridgeError } from '../../errors/bridge-error.ts';

/** How the bridge logs in to an org. */
export type AuthFlow = 'clientCredentials' | 'jwtBearer' | 'refreshToken' | 'password';

const filled = z.optional(z.string().check(z.minLength(1)));

// Field names are fixed by AWS for secrets of type SalesforceClientSecret, so that native rotation fits:
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/mes-partner-salesforce.html
// The others are the bridge's own addition for the other flows.
const credentialsSchema = z.object({
  consumerKey: z.string().check(z.minLength(1)),
  consumerSecret: filled,
  baseUri: z.url().check(z.refine(isOrgAddress)),
  username: filled,
  password: filled,
  securityToken: z.optional(z.string()),
  /** PEM of the key whose certificate the app has. */
  privateKey: z.optional(z.string().check(z.regex(/-----BEGIN (RSA )?PRIVATE KEY-----/))),
  /** Whom an assertion is for. @default login.salesforce.com, of a sandbox test.salesforce.com */
  audience: z.optional(z.url()),
  refreshToken: filled,
});

/** What the secret is sent to: nothing but an org, and unencrypted to this machine only, where an emulator may run. */
function isOrgAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(text);
  const encrypted = protocol === 'https:' || (protocol === 'http:' && isThisMachine(hostname));
  return encrypted && pathname === '/' && `${username}${password}${search}${hash}` === '';
}

function isThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/** What the Salesforce secret holds. Never logged. */
export type SalesforceCredentials = z.infer<typeof credentialsSchema>;

/** What each flow needs besides consumerKey and baseUri. */
export const neededFields = {
  clientCredentials: ['consumerSecret'],
  jwtBearer: ['username', 'privateKey'],
  refreshToken: ['refreshToken'],
  password: ['consumerSecret', 'username', 'password'],
} as const satisfies Record<AuthFlow, readonly (keyof SalesforceCredentials)[]>;

/** https://help.salesforce.com/s/articleView?id=000886201 */
export const legacyLogin =
  "auth 'password' is Salesforce's legacy flow, which new orgs refuse and old ones will; use clientCredentials or jwtBearer";

/**
 * Reads a secret's text.
 *
 * @throws BridgeError SKB_AUTH_REJECTED naming the fields that are wrong, never their values.
 */
export function parseCredentials(
  secretText: string,
  secretName: string,
  flow: AuthFlow = 'clientCredentials',
): SalesforceCredentials {
  const parsed = credentialsSchema.safeParse(parseJson(secretText, secretName));
  const missing = neededFields[flow].filter((field) => parsed.success && parsed.data[field] === undefined);
  if (parsed.success && missing.length === 0) return parsed.data;
  const wrong = parsed.success ? [] : parsed.error.issues.map(({ path: [field] }) => field ?? wholeSecret(flow));
  const fields = [...new Set([...wrong, ...missing])].map((field) => hints[String(field)] ?? String(field));
  throw new BridgeError(
    'SKB_AUTH_REJECTED',
    `Secret ${secretName}: missing or unusable fields for ${flow}: ${fields.join(', ')}`,
    {
      context: { secret: secretName, flow },
    },
  );
}

/** What a field should be, where its name does not say so. */
const hints: Readonly<Record<string, string>> = {
  baseUri: 'baseUri (the address of the org: https://<domain>.my.salesforce.com)',
  privateKey: 'privateKey (PEM)',
};

function wholeSecret(flow: AuthFlow): string {
  return `all of ${['consumerKey', ...neededFields[flow], 'baseUri'].join(', ')}`;
}

/** The secret's JSON as `bridge credentials put` takes it, with a placeholder for each value. */
export function credentialsTemplate(flow: AuthFlow): string {
  const fields = ['consumerKey', ...neededFields[flow]].map((field) => `"${field}":"…"`);
  return `{${fields.join(',')},"baseUri":"https://<domain>.my.salesforce.com"}`;
}

function parseJson(secretText: string, secretName: string): unknown {
  try {
    return JSON.parse(secretText);
  } catch {
    // The parser's own message quotes the text, so it must not become the cause.
    throw new BridgeError('SKB_AUTH_REJECTED', `Secret ${secretName} does not hold JSON`, {
      context: { secret: secretName },
    });
  }
}
