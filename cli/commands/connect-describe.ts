import { readOwnThings } from '../../local/dev/settings.ts';
import type { Org } from '../../shared/bridge/bridge.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { login } from '../../shared/salesforce/auth/login.ts';
import { createTokenProvider } from '../../shared/salesforce/auth/token-provider.ts';
import { clientName } from '../../shared/salesforce/connect-org.ts';
import { createRestClient } from '../../shared/salesforce/rest-client.ts';
import type { DescribeObject } from './types.ts';

/** Describes of the org that SALESFORCE_LOGIN_URL and its fellows name. */
export function connectDescribe(
  environment: Readonly<Record<string, string | undefined>>,
): (org: Org) => DescribeObject {
  return (org) => {
    const { salesforce } = readOwnThings(environment);
    if (salesforce === undefined) {
      throw new BridgeError(
        'SKB_CONFIG_INVALID',
        'SALESFORCE_LOGIN_URL, SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET must name the org to ask',
      );
    }
    const tokens = createTokenProvider({ now: () => performance.now(), login: () => login(org.auth, salesforce) });
    const rest = createRestClient({ tokens, apiVersion: org.apiVersion, clientName });
    return (object) => rest.describe(object);
  };
}
