import path from 'node:path';
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, type Credentials, STSClient } from '@aws-sdk/client-sts';
import { App, type IStackSynthesizer, LegacyStackSynthesizer, Stack } from 'aws-cdk-lib';
import { CfnManagedPolicy, CfnRole } from 'aws-cdk-lib/aws-iam';
import type { AwsAccess } from '../../../local/aws/start-local-aws.ts';

export type Variables = Readonly<Record<string, string>>;

const issuer = 'https://token.actions.githubusercontent.com';

/** A local AWS takes an access key of twelve digits for the root of that account. */
export function rootOf(account: string): Variables {
  return { AWS_ACCESS_KEY_ID: account, AWS_SECRET_ACCESS_KEY: 'test' };
}

/** What GitHub says about a job: https://docs.github.com/en/actions/reference/security/oidc */
export interface Claims {
  readonly sub: string;
  readonly aud?: string;
}

/** Gets a role's credentials for what GitHub says, as aws-actions/configure-aws-credentials does. */
export async function logInFromGithub(aws: AwsAccess, roleArn: string, claims: Claims): Promise<Variables> {
  const client = new STSClient({ endpoint: aws.endpoint, region: aws.region });
  const answer = await client.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn,
      RoleSessionName: 'delivery',
      WebIdentityToken: unsignedToken({ iss: issuer, aud: 'sts.amazonaws.com', ...claims }),
    }),
  );
  return variablesOf(answer.Credentials);
}

/** Assumes another role with credentials at hand. */
export async function assumeRole(aws: AwsAccess, credentials: Variables, roleArn: string): Promise<Variables> {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN = '' } = credentials;
  const client = new STSClient({
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      sessionToken: AWS_SESSION_TOKEN,
    },
  });
  const answer = await client.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'delivery' }));
  return variablesOf(answer.Credentials);
}

export interface RoleFiles {
  readonly name: string;
  readonly trust: object;
  readonly policy: object;
}

/** Writes an assembly that makes these roles, and a managed policy; it needs no bootstrap. */
export function writeAccessStack(
  folder: string,
  where: { readonly account: string; readonly region: string },
  { roles, policyName, policy }: { roles: readonly RoleFiles[]; policyName: string; policy: object },
): string {
  const outdir = path.join(folder, 'access');
  const app = new App({ outdir });
  // CDK's class and interface differ in whether a qualifier may be undefined; strict optional types notice.
  const synthesizer = new LegacyStackSynthesizer() as IStackSynthesizer;
  const stack = new Stack(app, 'access', { env: where, synthesizer });
  for (const { name, trust, policy: policyDocument } of roles) {
    new CfnRole(stack, name, {
      roleName: name,
      assumeRolePolicyDocument: trust,
      policies: [{ policyName: 'bootstrap', policyDocument }],
    });
  }
  new CfnManagedPolicy(stack, policyName, { managedPolicyName: policyName, policyDocument: policy });
  app.synth();
  return outdir;
}

/** A local AWS reads the claims, and cannot check GitHub's signature. */
function unsignedToken(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

function variablesOf(credentials: Credentials | undefined): Variables {
  const { AccessKeyId, SecretAccessKey, SessionToken } = credentials ?? {};
  return {
    AWS_ACCESS_KEY_ID: AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: SessionToken ?? '',
  };
}
