import * as z from 'zod/mini';
import { BridgeError } from '../../errors/bridge-error.ts';

// Field names are fixed by AWS for secrets of type SalesforceClientSecret, so that native rotation fits:
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/mes-partner-salesforce.html
// username, password and securityToken are the bridge's own addition for the legacy password flow.
const credentialsSchema = z.object({
  consumerKey: z.string().check(z.minLength(1)),
  consumerSecret: z.string().check(z.minLength(1)),
  baseUri: z.url(),
  username: z.optional(z.string()),
  password: z.optional(z.string()),
  securityToken: z.optional(z.string()),
});

/** What the Salesforce secret holds. Never logged. */
export type SalesforceCredentials = z.infer<typeof credentialsSchema>;

/**
 * Reads a secret's text.
 *
 * @throws BridgeError SKB_AUTH_REJECTED naming the fields that are wrong, never their values.
 */
export function parseCredentials(secretText: string, secretName: string): SalesforceCredentials {
  const parsed = credentialsSchema.safeParse(parseJson(secretText, secretName));
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))].join(', ');
  throw new BridgeError('SKB_AUTH_REJECTED', `Secret ${secretName}: missing or unusable fields: ${fields}`, {
    context: { secret: secretName },
  });
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
