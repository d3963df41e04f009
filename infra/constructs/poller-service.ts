import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AlarmBehavior,
  AvailabilityZoneRebalancing,
  Cluster,
  type ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  type ICluster,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { PollerVariables } from '../../functions/poller/config.ts';
import type { Bridge } from '../../shared/bridge/bridge.ts';
import { transactionalIdPrefix } from '../../shared/bridge/transactional-id.ts';
import { acknowledge } from '../acknowledge.ts';
import { producedByPoller, transactionalIdsOf } from '../flow-topics.ts';
import { guardedOrgs } from '../guarded-orgs.ts';
import { createReleaseAlarm } from '../monitoring/alarm.ts';
import { pollerReleaseAlarms } from '../monitoring/release-alarms.ts';
import type { KafkaAccess } from './kafka-access.ts';
import type { Network } from './network.ts';
import type { OrgCredentials } from './org-credentials.ts';
import { healthFolder } from './poller-image.ts';
import type { StateTable } from './state-table.ts';

export interface PollerServiceProps {
  readonly bridge: Bridge;
  readonly environmentName: string;
  /** `<bridge>-<environment>`, the first part of names. */
  readonly prefix: string;
  readonly image: ContainerImage;
  readonly tasks: 1 | 2;
  readonly runbook: string;
  readonly cpu: number;
  readonly memoryMb: number;
  readonly state: StateTable;
  readonly credentials: OrgCredentials;
  readonly kafka: KafkaAccess;
  readonly network: Network;
  readonly logRetention: RetentionDays;
  readonly encryptionKey?: IKey | undefined;
}

/** By the number of tasks. */
const rollout = {
  1: {
    minHealthyPercent: 0,
    maxHealthyPercent: 100,
    // On by default for new services, and would start a second task:
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
    availabilityZoneRebalancing: AvailabilityZoneRebalancing.DISABLED,
  },
  // One stays, so that it takes over the channels of the one that is replaced.
  2: {
    minHealthyPercent: 50,
    maxHealthyPercent: 150,
    availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
  },
} as const;

/**
 * The poller: Fargate tasks that share the channels by leases. A lease is taken over only after its holder stood still for
 * all of it, so tasks that overlap in a deployment do no harm; one task is stopped before the next one starts, so that the
 * next one gets the leases at once.
 */
export class PollerService extends Construct {
  readonly service: FargateService;
  readonly taskDefinition: FargateTaskDefinition;

  constructor(scope: Construct, id: string, props: PollerServiceProps) {
    super(scope, id);
    this.taskDefinition = this.#defineTask(props);
    const cluster = new Cluster(this, 'Cluster', {
      vpc: props.network.vpc,
      containerInsightsV2: ContainerInsights.ENABLED,
    });
    const releaseAlarms = pollerReleaseAlarms(props.prefix).map((spec) =>
      createReleaseAlarm(this, { spec, subject: 'poller', prefix: props.prefix, runbook: props.runbook }),
    );
    this.service = new FargateService(this, 'Service', {
      cluster: cluster as ICluster,
      taskDefinition: this.taskDefinition,
      desiredCount: props.tasks,
      ...rollout[props.tasks],
      circuitBreaker: { enable: true, rollback: true },
      // By name, as ECS wants them; a poller that waits for credentials sets none of them off.
      deploymentAlarms: {
        alarmNames: releaseAlarms.map((alarm) => alarm.alarmName),
        behavior: AlarmBehavior.ROLLBACK_ON_ALARM,
      },
      enableExecuteCommand: false,
      assignPublicIp: props.network.assignPublicAddress,
      vpcSubnets: props.network.subnets,
      securityGroups: [...props.network.securityGroups],
    });
    // Without a way out a task cannot get its image, and after three tries the circuit breaker ends the first deploy.
    const { internetConnectivityEstablished } = props.network.vpc.selectSubnets(props.network.subnets);
    this.service.node.addDependency(...releaseAlarms, internetConnectivityEstablished);
  }

  #defineTask(props: PollerServiceProps): FargateTaskDefinition {
    const { bridge, state, credentials, kafka, encryptionKey } = props;
    const task = new FargateTaskDefinition(this, 'Task', {
      cpu: props.cpu,
      memoryLimitMiB: props.memoryMb,
      runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
      volumes: [{ name: 'health' }],
    });
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/bridge/${props.prefix}/poller`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(encryptionKey === undefined ? {} : { encryptionKey }),
    });
    const idPrefix = transactionalIdPrefix(bridge.name, props.environmentName);
    const orgs = [...new Set(bridge.sources.map((source) => source.org))];
    const container = task.addContainer('poller', {
      image: props.image,
      essential: true,
      user: '1000:1000',
      readonlyRootFilesystem: true,
      // Node as process 1 would not get signals by default and would not reap children.
      linuxParameters: new LinuxParameters(this, 'Linux', { initProcessEnabled: true }),
      // The most that Fargate allows; the poller needs 20 s at most to publish and commit what it has.
      stopTimeout: Duration.seconds(120),
      healthCheck: {
        command: ['CMD', 'node', '/app/health-check.mjs'],
        interval: Duration.seconds(30),
        timeout: Duration.seconds(10),
        retries: 3,
        startPeriod: Duration.seconds(60),
      },
      logging: LogDrivers.awsLogs({ logGroup, streamPrefix: 'poller' }),
      environment: {
        AWS_REGION: Stack.of(this).region,
        STATE_TABLE_NAME: state.table.tableName,
        SALESFORCE_SECRETS: Stack.of(this).toJsonString(
          Object.fromEntries(orgs.map((org) => [org, credentials.arns.get(org)])),
        ),
        HEALTH_FILE: `${healthFolder}/health.json`,
        METRICS_DEPLOYMENT: props.prefix,
        TRANSACTIONAL_ID_PREFIX: idPrefix,
        ...kafka.environment(),
      } satisfies PollerVariables,
    });
    container.addMountPoints({ sourceVolume: 'health', containerPath: healthFolder, readOnly: false });
    // The calls of shared/state/dynamodb-channel-store.ts and dynamodb-reread-store.ts.
    state.grantItems(
      task.taskRole,
      ['GetItem', 'PutItem', 'Query', 'UpdateItem'],
      [...orgs.map((org) => `CHANNEL#${org}#`), ...guardedOrgs(bridge).map((org) => `WRITTEN#${org}#`)],
    );
    credentials.grantRead(task.taskRole, orgs);
    kafka.grantProduce(task.taskRole, producedByPoller(bridge));
    kafka.grantTransactions(task.taskRole, transactionalIdsOf(bridge, idPrefix, kafka.transactions));
    kafka.grantLookBack(task.taskRole, producedByPoller(bridge));
    acknowledge(task, {
      'AwsSolutions-ECS2':
        'The variables are names, ARNs and settings; what is secret is read from Secrets Manager at run time.',
    });
    acknowledge(task.obtainExecutionRole(), {
      'AwsSolutions-IAM5[Resource::*]':
        'ecr:GetAuthorizationToken, which ECS calls to pull the image, takes no resource.',
    });
    return task;
  }
}
