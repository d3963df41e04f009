import { RemovalPolicy } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { secretName } from '../secret-name.ts';

export interface OrgCredentialsProps {
  readonly bridgeName: string;
  readonly environmentName: string;
  readonly orgs: readonly string[];
  /** ARNs of secrets that exist already, by org. */
  readonly existing: Readonly<Record<string, string>>;
  readonly protect: boolean;
  readonly encryptionKey?: IKey | undefined;
}

/** One secret per Salesforce org, without a value: `bridge credentials put` fills it, and no template ever holds it. */
export class OrgCredentials extends Construct {
  readonly arns: ReadonlyMap<string, string>;
  /** The secrets made here, by org. */
  readonly secrets: ReadonlyMap<string, CfnSecret>;
  readonly #key: IKey | undefined;

  constructor(scope: Construct, id: string, props: OrgCredentialsProps) {
    super(scope, id);
    this.#key = props.encryptionKey;
    const secrets = new Map<string, CfnSecret>();
    const arns = new Map<string, string>();
    for (const org of props.orgs) {
      const existing = props.existing[org];
      if (existing !== undefined) {
        arns.set(org, existing);
        continue;
      }
      // The L2 Secret has no type and generates a password. This type fixes the field names and lets Secrets Manager
      // rotate the client secret: https://docs.aws.amazon.com/secretsmanager/latest/userguide/mes-partner-salesforce.html
      const secret = new CfnSecret(this, org, {
        name: secretName(props.bridgeName, org, props.environmentName),
        description: `Salesforce credentials of org ${org}; filled by: bridge credentials put --env ${props.environmentName}`,
        type: 'SalesforceClientSecret',
        ...(props.encryptionKey === undefined ? {} : { kmsKeyId: props.encryptionKey.keyArn }),
      });
      secret.applyRemovalPolicy(props.protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY);
      acknowledge(secret, {
        'AwsSolutions-SMG4':
          'The secret has no value on the first deploy, so there is nothing to rotate; rotation is set up once credentials exist.',
      });
      secrets.set(org, secret);
      arns.set(org, secret.ref);
    }
    this.secrets = secrets;
    this.arns = arns;
  }

  /** Lets a program read the credentials of these orgs. */
  grantRead(grantee: IGrantable, orgs: readonly string[]): void {
    const resources = [...new Set(orgs)].flatMap((org) => this.arns.get(org) ?? []);
    if (resources.length === 0) return;
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources }),
    );
    this.#key?.grantDecrypt(grantee);
  }
}
