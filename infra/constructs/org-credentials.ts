import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnRotationSchedule, CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { Environment } from '../environment-settings.ts';
import { secretName } from '../names.ts';
import { grantKey } from './grant-key.ts';

type SecretRotation = NonNullable<Environment['secretRotation']>;

/** The oldest that can rotate; which one an org's own client uses does not matter here. */
const rotationApiVersion = 'v65.0';

export interface OrgCredentialsProps {
  readonly bridgeName: string;
  readonly environmentName: string;
  readonly orgs: readonly string[];
  /** Orgs whose programs store rotated refresh tokens themselves. */
  readonly rotatedByPrograms: readonly string[];
  /** Secrets that exist already, or their ARNs, by org. */
  readonly existing: Readonly<Record<string, ISecret | string>>;
  /** For a deploy after the secrets were filled. */
  readonly rotation?: SecretRotation | undefined;
  readonly protect: boolean;
  readonly encryptionKey?: IKey | undefined;
}

/** One secret per Salesforce org, without a value: `bridge credentials put` fills it, and no template ever holds it. */
export class OrgCredentials extends Construct {
  readonly arns: ReadonlyMap<string, string>;
  /** The secrets made here, by org. */
  readonly secrets: ReadonlyMap<string, CfnSecret>;
  readonly #existing: ReadonlyMap<string, ISecret>;
  readonly #key: IKey | undefined;
  readonly #rotatedByPrograms: ReadonlySet<string>;

  constructor(scope: Construct, id: string, props: OrgCredentialsProps) {
    super(scope, id);
    this.#key = props.encryptionKey;
    this.#rotatedByPrograms = new Set(props.rotatedByPrograms);
    const secrets = new Map<string, CfnSecret>();
    const arns = new Map<string, string>();
    const existing = new Map<string, ISecret>();
    for (const org of props.orgs) {
      const given = props.existing[org];
      if (given !== undefined) {
        const secret = typeof given === 'string' ? Secret.fromSecretCompleteArn(this, org, given) : given;
        existing.set(org, secret);
        arns.set(org, secret.secretArn);
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
      if (props.rotation !== undefined) this.#rotate(org, secret, props.rotation);
      acknowledge(secret, {
        'AwsSolutions-SMG4':
          props.rotation === undefined
            ? 'The secret has no value on the first deploy, so there is nothing to rotate; secretRotation is for a later one.'
            : 'The rule knows rotation by a Lambda function only; Secrets Manager rotates secrets of this type itself.',
      });
      const fill = `bridge credentials put --env ${props.environmentName} --org ${org} < credentials.json`;
      new CfnOutput(this, `${org}-Secret`, {
        value: secretName(props.bridgeName, org, props.environmentName),
        description: `Salesforce credentials of org ${org}; nothing flows before: ${fill}`,
      });
      secrets.set(org, secret);
      arns.set(org, secret.ref);
    }
    this.secrets = secrets;
    this.arns = arns;
    this.#existing = existing;
  }

  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/mes-partner-salesforce.html: no function of ours takes part.
  #rotate(org: string, secret: CfnSecret, { everyDays, adminSecretArn }: SecretRotation): void {
    const role = new Role(this, `${org}-Rotation`, { assumedBy: new ServicePrincipal('secretsmanager.amazonaws.com') });
    // https://docs.aws.amazon.com/secretsmanager/latest/userguide/mes-security.html
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          'secretsmanager:DescribeSecret',
          'secretsmanager:GetSecretValue',
          'secretsmanager:PutSecretValue',
          'secretsmanager:UpdateSecretVersionStage',
        ],
        resources: [secret.ref],
      }),
    );
    if (adminSecretArn !== undefined) {
      role.addToPolicy(
        new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [adminSecretArn] }),
      );
    }
    grantKey(role, this.#key, 'writeSecret');
    const schedule = new CfnRotationSchedule(this, `${org}-Schedule`, {
      secretId: secret.ref,
      externalSecretRotationRoleArn: role.roleArn,
      externalSecretRotationMetadata: [
        { key: 'apiVersion', value: rotationApiVersion },
        ...(adminSecretArn === undefined ? [] : [{ key: 'adminSecretArn', value: adminSecretArn }]),
      ],
      rotationRules: { automaticallyAfterDays: everyDays },
      // A deploy is no moment to change credentials; the schedule is.
      rotateImmediatelyOnUpdate: false,
    });
    schedule.node.addDependency(role);
  }

  /** Lets a program read the credentials of these orgs. */
  grantRead(grantee: IGrantable, orgs: readonly string[]): void {
    const wanted = [...new Set(orgs)];
    const resources = wanted.flatMap((org) => this.#grantedArn(org) ?? []);
    if (resources.length === 0) return;
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources }),
    );
    grantKey(grantee, this.#key, 'readSecret');
    for (const org of wanted) grantKey(grantee, this.#existing.get(org)?.encryptionKey, 'readSecret');
    const rotated = wanted.filter((org) => this.#rotatedByPrograms.has(org));
    if (rotated.length === 0) return;
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'],
        resources: rotated.flatMap((org) => this.#grantedArn(org) ?? []),
      }),
    );
    grantKey(grantee, this.#key, 'writeSecret');
    for (const org of rotated) grantKey(grantee, this.#existing.get(org)?.encryptionKey, 'writeSecret');
  }

  /** A secret that is known by its name only has an ARN that ends in six characters nobody knows. */
  #grantedArn(org: string): string | undefined {
    const existing = this.#existing.get(org);
    if (existing === undefined) return this.arns.get(org);
    return existing.secretFullArn ?? `${existing.secretArn}-??????`;
  }
}
