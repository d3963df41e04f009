import * as z from 'zod';
import type { KafkaTransactions } from '../shared/bridge/delivery.ts';

const arnOfSecret = z
  .string('must be the ARN of a secret')
  .regex(/^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:/, 'must be the ARN of a secret');
const arnOfKey = z
  .string('must be the ARN of a KMS key')
  .regex(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\//, 'must be the ARN of a KMS key');
const brokers = z
  .string('must be host:port pairs separated by commas')
  .regex(/^[^\s:,]+:\d{1,5}(\s*,\s*[^\s:,]+:\d{1,5})*$/, 'must be host:port pairs separated by commas');
const securityGroupId = z
  .string()
  .regex(/^sg-([0-9a-f]{8}|[0-9a-f]{17})$/, 'must be the ID of a security group (sg-…)')
  .optional();

const iam = z.strictObject({ kind: z.literal('iam') });
/** The secret holds `username` and `password`. MSK wants its name to begin with AmazonMSK_ and a key of your own. */
const scram = z.strictObject({ kind: z.literal('scram'), secretArn: arnOfSecret, keyArn: arnOfKey.optional() });
/** The secret holds `certificate` and `privateKey` (PEM; PKCS#8), and `privateKeyPassword` where the key has one. */
const tls = z.strictObject({ kind: z.literal('tls'), secretArn: arnOfSecret, keyArn: arnOfKey.optional() });
const none = z.strictObject({ kind: z.literal('none') });

// https://docs.aws.amazon.com/msk/latest/developerguide/msk-arns.html: the unique part of a Serverless ARN ends in -s<n>.
const mskArn = z
  .string('must be the ARN of an MSK cluster')
  .regex(
    /^arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:cluster\/[^/]+\/[0-9a-f-]+-\d+$/,
    'must be the ARN of a provisioned or Express MSK cluster: arn:aws:kafka:<region>:<account>:cluster/<name>/<uuid>-<n>',
  );
const serverlessArn = z
  .string('must be the ARN of an MSK Serverless cluster')
  .regex(
    /^arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:cluster\/[^/]+\/[0-9a-f-]+-s\d+$/,
    'must be the ARN of an MSK Serverless cluster: arn:aws:kafka:<region>:<account>:cluster/<name>/<uuid>-s<n>',
  );

/** Which Kafka an environment uses, and how programs and event sources log in to it. */
export const clusterSettings = z.discriminatedUnion(
  'kind',
  [
    /** Two small brokers with IAM, for dev. */
    z.strictObject({ kind: z.literal('create'), version: z.string().default('3.9.x') }),
    /** Provisioned or Express. */
    z.strictObject({
      kind: z.literal('msk'),
      arn: mskArn,
      /** As `aws kafka get-bootstrap-brokers` prints them for the auth chosen here. */
      brokers,
      auth: z
        .discriminatedUnion('kind', [iam, scram, tls], "must have the kind 'iam', 'scram' or 'tls'")
        .default({ kind: 'iam' }),
      /** Of the cluster: it gets a rule that lets the programs in. */
      securityGroupId,
    }),
    /** IAM only. */
    z.strictObject({ kind: z.literal('serverless'), arn: serverlessArn, brokers, securityGroupId }),
    z.strictObject({
      kind: z.literal('selfManaged'),
      brokers,
      auth: z.discriminatedUnion('kind', [scram, tls, none], "must have the kind 'scram', 'tls' or 'none'"),
      /** The secret holds `certificate`, the CA that signed the brokers' certificates (PEM). */
      caSecretArn: arnOfSecret.optional(),
      /** Of the brokers: it gets a rule that lets the programs in. */
      securityGroupId,
    }),
  ],
  "must have the kind 'create', 'msk', 'serverless' or 'selfManaged'",
);

export type ClusterSettings = z.output<typeof clusterSettings>;
export type KafkaAuth = z.output<typeof iam> | z.output<typeof scram> | z.output<typeof tls> | z.output<typeof none>;

export function authOf(cluster: ClusterSettings): KafkaAuth {
  return cluster.kind === 'create' || cluster.kind === 'serverless' ? { kind: 'iam' } : cluster.auth;
}

/** MSK Serverless has none: https://docs.aws.amazon.com/msk/latest/developerguide/serverless.html */
export function transactionsOf(cluster: ClusterSettings): KafkaTransactions {
  return cluster.kind === 'serverless' ? 'unavailable' : 'available';
}

// https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html
const mskPorts = { iam: 9098, scram: 9096, tls: 9094, none: 9092 } as const;

/** The ports that programs have to reach. */
export function portsOf(cluster: ClusterSettings): number[] {
  if (cluster.kind === 'create') return [mskPorts.iam];
  return [...new Set(cluster.brokers.split(',').map((broker) => Number(broker.slice(broker.lastIndexOf(':') + 1))))];
}
