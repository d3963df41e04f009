import * as z from 'zod';
import type { KafkaTransactions } from '../shared/bridge/delivery.ts';
import type { KafkaVariables } from '../shared/kafka/kafka-connection.ts';
import { brokers, id, keyArn, portsIn, secretArn } from './setting-formats.ts';

const securityGroupId = id('sg', 'a security group');

const iam = z.strictObject({
  /** A fresh token for every session, of the program's own role. @default `iam`, of MSK */
  kind: z.literal('iam'),
});
const scram = z.strictObject({
  /** User and password, SCRAM-SHA-512. */
  kind: z.literal('scram'),
  /** Holds `username` and `password`. MSK wants its name to begin with `AmazonMSK_` and a key of your own. */
  secretArn,
  /** Key that encrypts the secret. */
  keyArn: keyArn.optional(),
});
const tls = z.strictObject({
  /** A client certificate. */
  kind: z.literal('tls'),
  /** Holds `certificate` and `privateKey` (PEM; PKCS#8), and `privateKeyPassword` where the key has one. */
  secretArn,
  /** Key that encrypts the secret. */
  keyArn: keyArn.optional(),
});
const none = z.strictObject({
  /** No login. */
  kind: z.literal('none'),
});

const transactions = z.enum(['available', 'unavailable'], "must be 'available' or 'unavailable'");

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
    z.strictObject({
      /** Two small brokers with IAM, for dev only. */
      kind: z.literal('create'),
      /** Kafka version. */
      version: z.string().default('3.9.x'),
    }),
    z.strictObject({
      /** Provisioned or Express. */
      kind: z.literal('msk'),
      /** The cluster. */
      arn: mskArn,
      /**
       * What `aws kafka describe-cluster-v2` calls its instance type: `kafka.…` is Standard, `express.…` Express. The ARN
       * does not tell. Express keeps every topic three times.
       */
      brokerType: z.enum(['standard', 'express'], "must be 'standard' or 'express'").default('standard'),
      /** As `aws kafka get-bootstrap-brokers` prints them for the login chosen. @example `b-1:9098,b-2:9098` */
      brokers,
      auth: z
        .discriminatedUnion('kind', [iam, scram, tls], "must have the kind 'iam', 'scram' or 'tls'")
        .default({ kind: 'iam' }),
      /**
       * Of the cluster: it gets a rule that lets poller and sinks in. Event source mappings carry the group itself, so it must
       * let itself in and out on the brokers' port.
       */
      // https://docs.aws.amazon.com/lambda/latest/dg/with-msk-cluster-network.html
      securityGroupId: securityGroupId.optional(),
    }),
    z.strictObject({
      /** IAM only. */
      kind: z.literal('serverless'),
      /** The cluster. */
      arn: serverlessArn,
      /** As `aws kafka get-bootstrap-brokers` prints them for the login chosen. */
      brokers,
      /**
       * Whether events can be published exactly once. AWS does not say so of Serverless; `bridge check --connect` finds out
       * whether it answers.
       */
      transactions: transactions.default('unavailable'),
      /**
       * Of the cluster: it gets a rule that lets poller and sinks in. Event source mappings carry the group itself, so it must
       * let itself in and out on the brokers' port.
       */
      // https://docs.aws.amazon.com/lambda/latest/dg/with-msk-cluster-network.html
      securityGroupId: securityGroupId.optional(),
    }),
    z.strictObject({
      /** Brokers that are not MSK. */
      kind: z.literal('selfManaged'),
      /** Those that answer first. */
      brokers,
      auth: z.discriminatedUnion('kind', [scram, tls, none], "must have the kind 'scram', 'tls' or 'none'"),
      /** Holds `certificate`, the CA that signed the brokers' certificates (PEM). @default a public CA */
      caSecretArn: secretArn.optional(),
      /** Whether events can be published exactly once; what only speaks Kafka's protocol may not have them. */
      transactions: transactions.default('available'),
      /** Of the brokers: it gets a rule that lets poller and sinks in. */
      securityGroupId: securityGroupId.optional(),
    }),
  ],
  "must have the kind 'create', 'msk', 'serverless' or 'selfManaged'",
);

export type ClusterSettings = z.output<typeof clusterSettings>;
export type KafkaAuth = z.output<typeof iam> | z.output<typeof scram> | z.output<typeof tls> | z.output<typeof none>;

export function isExpress(cluster: ClusterSettings): boolean {
  return cluster.kind === 'msk' && cluster.brokerType === 'express';
}

export function authOf(cluster: ClusterSettings): KafkaAuth {
  return cluster.kind === 'create' || cluster.kind === 'serverless' ? { kind: 'iam' } : cluster.auth;
}

/** What a program needs in its environment to log in. */
export function loginVariables(auth: KafkaAuth, caSecretArn: string | undefined) {
  return {
    ...(auth.kind === 'none' ? {} : { KAFKA_AUTH: auth.kind }),
    ...('secretArn' in auth ? { KAFKA_SECRET_ARN: auth.secretArn } : {}),
    ...(caSecretArn === undefined ? {} : { KAFKA_CA_SECRET_ARN: caSecretArn }),
  } satisfies KafkaVariables;
}

/**
 * MSK's brokers are Apache Kafka. Express brokers let their transactions be configured like others:
 * https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-express-read-write.html
 */
export function transactionsOf(cluster: ClusterSettings): KafkaTransactions {
  return 'transactions' in cluster ? cluster.transactions : 'available';
}

// https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html
const mskPorts = { iam: 9098, scram: 9096, tls: 9094, none: 9092 } as const;

/** The ports that programs have to reach. */
export function portsOf(cluster: ClusterSettings): number[] {
  if (cluster.kind === 'create') return [mskPorts.iam];
  return portsIn(cluster.brokers);
}
