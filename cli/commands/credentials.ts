import type { Readable } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import {
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { Command } from 'commander';
import { secretName } from '../../infra/names.ts';
import { reasonOf } from '../../shared/aws/reason-of.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { credentialsTemplate, legacyLogin, parseCredentials } from '../../shared/salesforce/auth/credentials.ts';
import { type DeploymentOptions, loadDeployment } from '../load-deployment.ts';
import { withDeployment } from './deployment-options.ts';

interface CredentialsParts {
  readonly print: (text: string) => void;
  /** Where the credentials are read from; never from arguments, which other users and the shell's history can see. */
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly connect: (region: string | undefined) => Pick<SecretsManagerClient, 'send'>;
}

interface PutOptions extends DeploymentOptions {
  readonly org?: string;
}

const fields = credentialsTemplate('clientCredentials');

const notInArguments =
  "credentials are read from stdin only: arguments stay in the shell's history and other users see them; if a secret stood there, replace it";

/** `bridge credentials put`: fills the secret of an org with what is on stdin. */
export function credentialsCommand(parts: CredentialsParts): Command {
  const put = withDeployment(new Command('put'))
    .description(`store an org's credentials, read from stdin as JSON: ${fields}`)
    .option('--org <name>', 'org of the definition; needed when there are several')
    // Commander would print them, and they may be what belongs on stdin.
    .allowExcessArguments()
    .action(async (options: PutOptions, { args }: Command) => {
      if (args.length > 0) throw new BridgeError('SKB_CONFIG_INVALID', notInArguments);
      const { bridge, environment } = await loadDeployment(options);
      const org = chooseOrg(
        bridge.orgs.map((each) => each.name),
        options.org,
      );
      const secretId = environment.secrets[org] ?? secretName(bridge.name, org, environment.name);
      const auth = bridge.orgs.find((each) => each.name === org)?.auth ?? 'clientCredentials';
      if (parts.input.isTTY === true) {
        parts.print(`Credentials of ${org} as JSON, then Ctrl-D:\n${credentialsTemplate(auth)}\n`);
      }
      const text = await readAll(parts.input);
      // Checked before it is stored: a secret that nobody can use would be found out by the poller only.
      const credentials = parseCredentials(text, 'on stdin', auth);
      await store(parts.connect(environment.region), secretId, text.trim());
      if (auth === 'password') parts.print(`${legacyLogin}\n`);
      parts.print(`${secretId} is filled for ${new URL(credentials.baseUri).host}\n`);
    });
  return new Command('credentials').description('credentials of Salesforce orgs').addCommand(put);
}

function chooseOrg(orgs: readonly string[], wanted: string | undefined): string {
  const [only] = orgs;
  if (wanted === undefined && orgs.length === 1 && only !== undefined) return only;
  if (wanted !== undefined && orgs.includes(wanted)) return wanted;
  throw new BridgeError('SKB_CONFIG_INVALID', `--org: must be one of ${orgs.join(', ')}`);
}

async function store(client: Pick<SecretsManagerClient, 'send'>, secretId: string, text: string): Promise<void> {
  try {
    await client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: text }));
  } catch (cause) {
    const deploy = cause instanceof ResourceNotFoundException ? '; the first deploy makes it' : '';
    throw new BridgeError('SKB_AUTH_REJECTED', `Secret ${secretId} was not filled: ${reasonOf(cause)}${deploy}`, {
      cause,
      context: { secretId },
    });
  }
}
