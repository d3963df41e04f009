import { Annotations, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  type Alias,
  Architecture,
  type Code,
  type IFunction,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { SinkVariables } from '../../functions/sink/config.ts';
import type { Feed, Sink as SinkDefinition } from '../../shared/bridge/bridge.ts';
import { sinkNotes } from '../../shared/bridge/sink-notes.ts';
import { tickEvent } from '../../shared/transform/tick.ts';
import { findAggregate } from '../../shared/transform/write-owed-rows.ts';
import { acknowledge } from '../acknowledge.ts';
import { producedBySink } from '../flow-topics.ts';
import { functionName } from '../names.ts';
import { createLetterQueue, type DeadLetterStore, grantSend } from './dead-letter-store.ts';
import type { KafkaAccess } from './kafka-access.ts';
import type { OrgCredentials } from './org-credentials.ts';
import { SinkEventSource } from './sink-event-source.ts';
import { SinkRelease } from './sink-release.ts';
import { createSinkRole } from './sink-role.ts';
import type { StateTable } from './state-table.ts';

export interface SinkProps {
  readonly sink: SinkDefinition;
  /** True when a source with a loop guard reads what this sink writes. */
  readonly remembersWritten: boolean;
  /** `<bridge>-<environment>`, the first part of the function's name. */
  readonly prefix: string;
  readonly code: Code;
  readonly state: StateTable;
  readonly credentials: OrgCredentials;
  readonly kafka: KafkaAccess;
  /** Where a function sits that publishes to Kafka, and where self-managed brokers are. */
  readonly network: SinkNetwork | undefined;
  readonly deadLetters: DeadLetterStore;
  readonly runbook: string;
  readonly protect: boolean;
  readonly minimumPollers: number;
  readonly maximumPollers: number;
  readonly maxRecordAgeSeconds: number;
  /** A topic for what Lambda gives up. @default a queue of this sink */
  readonly failureTopic?: string | undefined;
  readonly reservedConcurrency?: number | undefined;
  readonly logRetention: RetentionDays;
  readonly encryptionKey?: IKey | undefined;
}

export interface SinkNetwork {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly securityGroups: readonly ISecurityGroup[];
}

/** Calls the sink's code makes on the state table; functions/sink and shared/state are where they are made. */
const tableActions = ['PutItem', 'Query', 'UpdateItem', 'DeleteItem', 'BatchGetItem', 'BatchWriteItem'];

/** One sink: its function, its event source mapping and its rights. */
export class Sink extends Construct {
  readonly function: LambdaFunction;
  readonly alias: Alias;
  /** By topic. */
  readonly eventSources: ReadonlyMap<string, SinkEventSource>;
  /** Holds the coordinates of batches that Lambda gave up; none when a topic does. */
  readonly failureQueue: Queue | undefined;
  /** Holds rejected records; none when a topic does. */
  readonly letterQueue: Queue | undefined;

  /** Whether it adds records up, and so owes rows and is woken by ticks. */
  readonly hasAggregate: boolean;

  constructor(scope: Construct, id: string, props: SinkProps) {
    super(scope, id);
    const { sink, state, credentials, kafka, encryptionKey } = props;
    const name = functionName(props.prefix, sink.name);
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${name}`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(encryptionKey === undefined ? {} : { encryptionKey }),
    });
    const produced = producedBySink(sink);
    this.letterQueue = props.deadLetters.queues.get(sink.name);
    const role = createSinkRole(this, { functionName: name, clusterArn: kafka.clusterArn });
    logGroup.grantWrite(role);
    this.function = new LambdaFunction(this, 'Function', {
      functionName: name,
      description: describe(sink),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: props.code,
      role,
      logGroup,
      timeout: Duration.seconds(sink.function.timeoutSeconds),
      memorySize: sink.function.memoryMb,
      ...this.#placement(props),
      ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(encryptionKey === undefined ? {} : { environmentEncryption: encryptionKey }),
      environment: {
        SINK_NAME: sink.name,
        STATE_TABLE_NAME: state.table.tableName,
        SALESFORCE_SECRET_ARN: credentials.arns.get(sink.org) ?? '',
        METRICS_DEPLOYMENT: props.prefix,
        NODE_OPTIONS: '--enable-source-maps',
        ...(produced.length > 0 ? kafka.environment() : {}),
        ...props.deadLetters.environment(sink),
      } satisfies SinkVariables & { readonly NODE_OPTIONS: string },
    });
    acknowledge(this.function, {
      'Serverless-LambdaDLQ':
        'Event source mappings invoke synchronously; their failures go to the mapping’s destination.',
      'Serverless-LambdaTracing':
        'Batches from Kafka carry no trace context; counts, logs and dead letters tell what became of each record.',
    });
    this.hasAggregate = findAggregate(sink.transform) !== undefined;
    state.grantItems(role, tableActions, [
      `SINK#${sink.name}#`,
      `MEMORY#${sink.name}#`,
      ...(props.remembersWritten ? [`WRITTEN#${sink.org}#`] : []),
    ]);
    credentials.grantRead(role, [sink.org]);
    for (const { topic, consumerGroup } of sink.feeds) kafka.grantConsume(role, topic, consumerGroup);
    if (produced.length > 0) kafka.grantProduce(role, produced);
    props.deadLetters.grantStore(role, sink);
    this.failureQueue = props.failureTopic === undefined ? this.#createFailureQueue(props) : undefined;
    if (this.failureQueue !== undefined) grantSend(role, this.failureQueue);
    if (props.failureTopic !== undefined) kafka.grantFailureTopic(role, props.failureTopic);
    this.alias = new SinkRelease(this, 'Release', {
      function: this.function,
      sink: sink.name,
      deployment: props.prefix,
      runbook: props.runbook,
    }).alias;
    this.eventSources = new Map(sink.feeds.map((feed) => [feed.topic, this.#feed(feed, props)]));
    if (this.hasAggregate) this.#tick();
    for (const { kind, text } of sinkNotes([sink])) Annotations.of(this).addWarningV2(`bridge:${kind}`, text);
    this.#grantTables(role, sink);
    // Lambda checks the rights when the mapping is made, and reads from then on.
    for (const eventSource of this.eventSources.values()) eventSource.node.addDependency(role, ...kafka.madeHere);
  }

  #feed({ topic, consumerGroup }: Feed, props: SinkProps): SinkEventSource {
    const { sink } = props;
    // The topics of a list come and go, and the mappings of the others must stay.
    const id = consumerGroup === sink.consumerGroup ? 'EventSource' : `EventSource-${topic}`;
    return new SinkEventSource(this, id, {
      function: this.alias as IFunction,
      kafka: props.kafka,
      topic,
      consumerGroup,
      batchSize: sink.batch.size,
      windowSeconds: sink.batch.windowSeconds,
      minimumPollers: props.minimumPollers,
      maximumPollers: props.maximumPollers,
      pollerGroup: props.prefix,
      maxRecordAgeSeconds: props.maxRecordAgeSeconds,
      failureDestination: this.failureQueue?.queueArn ?? `kafka://${props.failureTopic}`,
      network: props.network,
    });
  }

  /** Once a minute, so that windows close when no record comes any more, and rows that are owed get written. */
  #tick(): void {
    new Rule(this, 'Tick', {
      description: `Windows of ${this.function.functionName} that are over`,
      schedule: Schedule.rate(Duration.minutes(1)),
      // A tick that fails is followed by the next one, so it is not tried again.
      targets: [
        new LambdaTarget(this.alias as IFunction, { event: RuleTargetInput.fromObject(tickEvent), retryAttempts: 0 }),
      ],
    });
  }

  /** Tables of the user's own that steps look things up in. */
  #grantTables(role: Role, { transform }: SinkDefinition): void {
    const tables = new Set(transform.steps.flatMap((step) => step.needs?.tables ?? []));
    if (tables.size === 0) return;
    role.addToPolicy(
      new PolicyStatement({
        actions: ['dynamodb:BatchGetItem'],
        resources: [...tables].map((table) =>
          Stack.of(this).formatArn({ service: 'dynamodb', resource: 'table', resourceName: table }),
        ),
      }),
    );
  }

  /** Brokers are reached from inside their network only. A function that needs none of them sits in no network. */
  #placement({ sink, network }: SinkProps) {
    if (producedBySink(sink).length === 0 || network === undefined) return {};
    return { vpc: network.vpc, vpcSubnets: network.subnets, securityGroups: [...network.securityGroups] };
  }

  #createFailureQueue({ protect, encryptionKey }: SinkProps): Queue {
    return createLetterQueue(this, 'Failures', {
      last: 'This queue is itself where failed batches end; an alarm goes off as soon as one lies in it.',
      protect,
      encryptionKey,
    });
  }
}

/** For people. Lambda takes 256 characters, and a topic alone may have 249. */
function describe({ feeds, write }: SinkDefinition): string {
  const [first = { topic: '' }, ...others] = feeds;
  const topics = others.length === 0 ? first.topic : `${first.topic} and ${others.length} more`;
  return `To ${write.object} (${write.operation}) from ${topics}`.slice(0, 256);
}
