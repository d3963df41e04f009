import * as z from 'zod';
import { clusterSettings } from './cluster-settings.ts';
import { id, keyArn, policyArn, region, secretArn, tags, topicArn, whole, word, zone } from './setting-formats.ts';

// Rules are written as sentences that finish "<path>: …", as in the bridge definition.

/** The account of AWS's documentation. Synth accepts it, so that a checkout builds; deploy refuses it. */
export const documentationAccount = '111122223333';

const network = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      /** A VPC of its own, made only when something runs in it. */
      kind: z.literal('create'),
      /**
       * `nat`: one NAT gateway with a fixed address, the stack's output `SalesforceSeesAddress`. `publicAddress`: none; the
       * poller's address changes with every task, and lets nothing in. Only without functions in the network
       * (`deadLetters.kind: 'queue'`).
       */
      egress: z.enum(['nat', 'publicAddress'], "must be 'nat' or 'publicAddress'").default('nat'),
    }),
    z.strictObject({
      /** Yours. */
      kind: z.literal('existing'),
      /** The VPC that poller and sinks run in. @example `vpc-0a1b2c3d4e5f60001` */
      vpcId: id('vpc', 'a VPC'),
      /** One per subnet, in the same order. Given, because looking them up would need credentials at synth. */
      availabilityZones: z.array(zone).min(2, 'must name at least two zones'),
      /** With a way to Salesforce, such as a NAT gateway. */
      subnetIds: z.array(id('subnet', 'a subnet')).min(2, 'must name at least two subnets'),
      /** Groups of poller and sinks; their rules are then yours. @default one is made */
      securityGroupIds: z.array(id('sg', 'a security group')).min(1, 'must name at least one').optional(),
      /** Adds a gateway endpoint there (free), so that the table is reached without the NAT gateway. */
      routeTableIds: z.array(id('rtb', 'a route table')).min(1, 'must name at least one').optional(),
    }),
  ],
  "must have the kind 'create' or 'existing'",
);

/** The one schema of an environment. */
export const environmentSchema = z.strictObject({
  /**
   * Given with `region` or not at all. `111122223333` is the account of AWS's documentation: synth takes it, no deploy
   * passes. @default that of the credentials
   */
  account: z
    .string()
    .regex(/^\d{12}$/, 'must be an AWS account: 12 digits')
    .optional(),
  /** Where the stack is. @default that of the credentials @example `eu-central-1` */
  region: region.optional(),
  /** Deletion protection of table and stack; table, secrets and topics outlive the stack. */
  protect: z.boolean('must be true or false').default(true),
  network,
  cluster: clusterSettings,
  topics: z
    .strictObject({
      /** `own`: topics that sources fill, and dead-letter topics. `all`: also those that sinks read. `none`: for Serverless and self-managed. */
      create: z.enum(['all', 'own', 'none'], "must be 'all', 'own' or 'none'").default('own'),
      /** Of topics made here. */
      partitions: whole(1, 1000).default(6),
      /** Of topics made here. */
      replicationFactor: whole(1, 3).default(3),
      /**
       * Of topics made here; also how long Lambda keeps trying a record. Kafka counts from the time of a change, so below 3 a
       * change that comes late, after an outage, may be gone before it is read.
       */
      retentionDays: whole(1, 7).default(7),
    })
    .prefault({}),
  eventSource: z
    .strictObject({
      /** Of each sink. One poller moves up to 5 MB/s or 5 invocations at a time. */
      minimumPollers: whole(1, 200).default(1),
      /** With the partitions, the ceiling on concurrent calls to Salesforce. */
      maximumPollers: whole(1, 2000).default(4),
      /** Topic where Lambda reports batches it gave up; at least 4 characters. @default a queue per sink, which holds coordinates only */
      // "kafka://" and the name must have 12 characters:
      // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-eventsourcemapping-onfailure.html
      failureTopic: z
        .string()
        .regex(
          /^[a-zA-Z0-9._-]{4,249}$/,
          'must have at least 4 characters, because Lambda refuses a shorter Kafka destination',
        )
        .optional(),
    })
    .prefault({}),
  sinks: z
    .strictObject({
      /** Concurrent invocations of each sink at most. It takes from the account's quota, which is 10 in a new account. */
      reservedConcurrency: whole(1, 1000).optional(),
    })
    .prefault({}),
  poller: z
    .strictObject({
      /** 2: a standby takes over channels within seconds; costs a second task. */
      tasks: z.union([z.literal(1), z.literal(2)], 'must be 1 or 2').default(1),
      /** Of a task; 1024 is a whole processor. */
      cpu: z.union([z.literal(256), z.literal(512), z.literal(1024)], 'must be 256, 512 or 1024').default(256),
      /** Of a task; Fargate has certain sizes with each `cpu`. */
      memoryMb: whole(512, 8192).default(512),
      /** What the poller's image is built from. Pin a digest where your policy asks for it. */
      baseImage: word.default('public.ecr.aws/docker/library/node:24-slim'),
      /** An image that was built elsewhere, with the entry point of ours; nothing is built then. */
      image: word.optional(),
    })
    .prefault({}),
  /** A secret you have, by the name of the org. @default one is made, without a value */
  secrets: z.record(z.string(), secretArn).default({}),
  /**
   * Lets Secrets Manager change the client secrets of orgs, without a function. For a later deploy: rotation needs secrets
   * that are filled, also with appId and consumerId.
   */
  secretRotation: z
    .strictObject({
      /** For a later deploy: Secrets Manager changes the client secrets, which then also hold `appId` and `consumerId`. */
      everyDays: whole(1, 365),
      /** Secret whose credentials may change those of the orgs. @default the org's own */
      adminSecretArn: secretArn.optional(),
    })
    .optional(),
  /** Encrypts table, secrets, logs, queues and the alarms' topic. Its policy must let CloudWatch Logs and alarms use it. @default AWS's own keys */
  keyArn: keyArn.optional(),
  /** Put on every role. */
  permissionsBoundaryArn: policyArn.optional(),
  /** Of every log group. */
  logRetentionDays: z
    .union(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731].map((days) => z.literal(days)),
      'must be a number of days that CloudWatch Logs offers, such as 7, 30, 90 or 365',
    )
    .default(30),
  alarms: z
    .strictObject({
      /** The SNS topic that alarms go to. @default one is made */
      topicArn: topicArn.optional(),
      /** Who is told besides; each address has to confirm. */
      emails: z.array(z.email('must be an e-mail address')).default([]),
      /** Older than this, an event or record counts as late. */
      lateAfterMinutes: whole(1, 1440).default(15),
      /** So many records of a partition that a sink has not read are too many. */
      lagRecords: whole(1, 1_000_000_000).default(100_000),
      /** Alarms on far more or fewer records and events than usually; `false` where volumes have no pattern. */
      anomalies: z.boolean('must be true or false').default(true),
      /** What alarms link to: the address of the runbook where your people read it. */
      runbook: word.default('docs/runbook.md'),
    })
    .prefault({}),
  /** On everything, besides `environment`. @default none @example `{ team: 'sales' }` */
  tags: tags.default({}),
});

export type EnvironmentInput = z.input<typeof environmentSchema>;
export type EnvironmentSettings = z.output<typeof environmentSchema>;
export type Environment = EnvironmentSettings & { readonly name: string };
export type Network = Environment['network'];
