import { documentationAccount, type EnvironmentInput } from './environment-settings.ts';

/**
 * Where the bridge of this checkout is deployed: `cdk deploy -c env=dev`. What every setting means stands in
 * docs/configuration.md. Staging and prod carry the account of AWS's documentation until you put yours in; synth takes
 * it, deploy refuses it.
 */
export const environments: Readonly<Record<string, EnvironmentInput>> = {
  dev: {
    protect: false,
    network: { kind: 'create' },
    cluster: { kind: 'create' },
    topics: { create: 'all', partitions: 2, replicationFactor: 2, retentionDays: 1 },
    eventSource: { maximumPollers: 1 },
    logRetentionDays: 7,
  },
  staging: {
    account: documentationAccount,
    region: 'eu-central-1',
    network: {
      kind: 'existing',
      vpcId: 'vpc-0a1b2c3d4e5f60001',
      availabilityZones: ['eu-central-1a', 'eu-central-1b'],
      subnetIds: ['subnet-0a1b2c3d4e5f60001', 'subnet-0a1b2c3d4e5f60002'],
    },
    cluster: {
      kind: 'serverless',
      arn: `arn:aws:kafka:eu-central-1:${documentationAccount}:cluster/staging/6f2b8a4e-0d1c-4b7a-9e3f-5a6b7c8d9e0f-s1`,
      brokers: 'boot-6f2b8a4e.c1.kafka-serverless.eu-central-1.amazonaws.com:9098',
      securityGroupId: 'sg-0a1b2c3d4e5f60001',
    },
    topics: { create: 'none' },
  },
  prod: {
    account: documentationAccount,
    region: 'eu-central-1',
    network: {
      kind: 'existing',
      vpcId: 'vpc-0a1b2c3d4e5f60002',
      availabilityZones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
      subnetIds: ['subnet-0a1b2c3d4e5f60003', 'subnet-0a1b2c3d4e5f60004', 'subnet-0a1b2c3d4e5f60005'],
      routeTableIds: ['rtb-0a1b2c3d4e5f60001'],
    },
    cluster: {
      kind: 'msk',
      arn: `arn:aws:kafka:eu-central-1:${documentationAccount}:cluster/prod/0c9d8e7f-6a5b-4c3d-8e1f-0a9b8c7d6e5f-4`,
      brokers:
        'b-1.prod.0c9d8e.c4.kafka.eu-central-1.amazonaws.com:9098,b-2.prod.0c9d8e.c4.kafka.eu-central-1.amazonaws.com:9098',
      securityGroupId: 'sg-0a1b2c3d4e5f60002',
    },
    logRetentionDays: 90,
  },
};
