import * as z from 'zod/mini';
import { parseEnvironment } from '../../shared/bridge/parse-environment.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { SalesforceCredentials } from '../../shared/salesforce/auth/credentials.ts';

/** What `bridge dev` was asked to do. */
export interface DevOptions {
  /** Push a bounded load through, print the audit and exit. */
  readonly once: boolean;
  /** The user's own price updates instead of the sample. */
  readonly input?: string;
  /** A Kafka Connect file instead of a bridge definition. */
  readonly properties?: string;
  /** Definition file. @default bridge.config.ts in the working folder */
  readonly bridge?: string;
  /** Allows the sample load to write into an org that is not on this machine. */
  readonly sample: boolean;
}

const variables = z.object({
  KAFKA_BROKERS: z.optional(
    z
      .string()
      .check(
        z.regex(/^\s*[^\s:,]+:\d{1,5}(\s*,\s*[^\s:,]+:\d{1,5})*\s*$/, 'must be host:port, several separated by commas'),
      ),
  ),
  AWS_ENDPOINT_URL: z.optional(z.url()),
  SALESFORCE_LOGIN_URL: z.optional(z.url()),
  SALESFORCE_CLIENT_ID: z.optional(z.string()),
  SALESFORCE_CLIENT_SECRET: z.optional(z.string()),
  SALESFORCE_USERNAME: z.optional(z.string()),
  SALESFORCE_PASSWORD: z.optional(z.string()),
  SALESFORCE_SECURITY_TOKEN: z.optional(z.string()),
});

/** Things of the user's own that are used instead of the stand-ins. */
export interface OwnThings {
  readonly brokers?: readonly string[];
  readonly awsEndpoint?: string;
  readonly salesforce?: SalesforceCredentials;
}

/**
 * Reads which stand-ins the user replaces.
 *
 * @param fromFile credentials of a Kafka Connect file; they count unless the environment names an org's own.
 * @throws BridgeError SKB_CONFIG_INVALID when an org is named without credentials.
 */
export function readOwnThings(
  environment: Readonly<Record<string, string | undefined>>,
  fromFile?: Omit<SalesforceCredentials, 'baseUri'>,
): OwnThings {
  const own = parseEnvironment(variables, environment);
  return {
    ...(own.KAFKA_BROKERS === undefined ? {} : { brokers: own.KAFKA_BROKERS.split(',').map((each) => each.trim()) }),
    ...(own.AWS_ENDPOINT_URL === undefined ? {} : { awsEndpoint: own.AWS_ENDPOINT_URL }),
    ...(own.SALESFORCE_LOGIN_URL === undefined ? {} : { salesforce: ownOrg(own.SALESFORCE_LOGIN_URL, own, fromFile) }),
  };
}

function ownOrg(
  baseUri: string,
  own: z.infer<typeof variables>,
  fromFile: Omit<SalesforceCredentials, 'baseUri'> | undefined,
): SalesforceCredentials {
  const consumerKey = own.SALESFORCE_CLIENT_ID ?? fromFile?.consumerKey;
  const consumerSecret = own.SALESFORCE_CLIENT_SECRET ?? fromFile?.consumerSecret;
  if (consumerKey === undefined || consumerSecret === undefined) {
    throw new BridgeError(
      'SKB_CONFIG_INVALID',
      'SALESFORCE_LOGIN_URL names an org, so SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET are needed too',
    );
  }
  const username = own.SALESFORCE_USERNAME ?? fromFile?.username;
  const password = own.SALESFORCE_PASSWORD ?? fromFile?.password;
  const securityToken = own.SALESFORCE_SECURITY_TOKEN ?? fromFile?.securityToken;
  return {
    baseUri,
    consumerKey,
    consumerSecret,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(securityToken === undefined ? {} : { securityToken }),
  };
}

/** Whether a load may write sample rows there unasked. */
export function isOnThisMachine(url: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
}
