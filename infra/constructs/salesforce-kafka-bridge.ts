import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Bridge } from '../../shared/bridge/bridge.ts';
import type { BridgeDefinition } from '../../shared/bridge/define-bridge.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { PollerMetric, SinkMetric } from '../../shared/telemetry/metrics.ts';
import { stageFolder } from '../bundle-program.ts';
import { checkDeployment } from '../check-deployment.ts';
import { portsOf } from '../cluster-settings.ts';
import type { Environment, EnvironmentInput } from '../environment-settings.ts';
import { runsInNetwork } from '../flow-topics.ts';
import { guardedOrgs } from '../guarded-orgs.ts';
import { pollerMetric, sinkMetric } from '../monitoring/bridge-metrics.ts';
import { deploymentName, stateTableName } from '../names.ts';
import { programFile } from '../program-file.ts';
import { parseDeployment } from '../read-deployment.ts';
import { alarmTopic } from './alarm-topic.ts';
import { connectKafka } from './connect-kafka.ts';
import { DeadLetterStore } from './dead-letter-store.ts';
import type { KafkaAccess } from './kafka-access.ts';
import { Monitoring } from './monitoring.ts';
import { Network } from './network.ts';
import { OrgCredentials } from './org-credentials.ts';
import { pollerImage } from './poller-image.ts';
import { PollerService } from './poller-service.ts';
import { Sink } from './sink.ts';
import { StateTable } from './state-table.ts';

export interface SalesforceKafkaBridgeProps {
  /** What `defineBridge` returned: synth reads topics, groups and orgs from it. */
  readonly bridge: BridgeDefinition;
  /** The file that `bridge` comes from, by its full path: its functions travel into the programs' bundles. */
  readonly definition: string;
  /** Where it is deployed; with `name`, as it becomes part of names. */
  readonly environment: EnvironmentInput & { readonly name: string };
  /** Things you have already, instead of the ones that `environment` names or that are made. */
  readonly vpc?: IVpc;
  /** By org. */
  readonly secrets?: Readonly<Record<string, ISecret>>;
  readonly encryptionKey?: IKey;
  readonly alarmTopic?: ITopic;
  /** Puts what holds data, or what watches, into other stacks. @default all in this construct */
  readonly scopes?: { readonly state?: Construct; readonly monitoring?: Construct };
}

/** A whole bridge: table, credentials, topics, poller, sinks, dashboard and alarms, with rights per program. */
export class SalesforceKafkaBridge extends Construct {
  readonly bridge: Bridge;
  readonly table: TableV2;
  /** ARN of each org's secret, by org. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Functions by the name of their sink. */
  readonly sinks: ReadonlyMap<string, LambdaFunction>;
  /** None when the bridge has no sources. */
  readonly poller: PollerService | undefined;
  readonly #kafka: KafkaAccess;
  readonly #deployment: string;

  constructor(scope: Construct, id: string, props: SalesforceKafkaBridgeProps) {
    super(scope, id);
    const { name, ...settings } = props.environment;
    const { bridge, environment } = parseDeployment(props.bridge, name, settings);
    checkDeployment(bridge, environment, Object.keys(props.secrets ?? {}));
    const definition = findFile(props.definition);
    this.bridge = bridge;
    this.#deployment = deploymentName(bridge.name, environment.name);

    const holding = props.scopes?.state ?? this;
    const { protect, logRetentionDays: logRetention } = environment;
    const encryptionKey =
      props.encryptionKey ??
      (environment.keyArn === undefined ? undefined : Key.fromKeyArn(holding, 'Key', environment.keyArn));
    const state = new StateTable(holding, 'State', {
      tableName: stateTableName(this.#deployment),
      protect,
      encryptionKey,
    });
    const credentials = new OrgCredentials(holding, 'Credentials', {
      bridgeName: bridge.name,
      environmentName: environment.name,
      orgs: bridge.orgs.map((org) => org.name),
      rotatedByPrograms: bridge.orgs.filter((org) => org.auth === 'refreshToken').map((org) => org.name),
      existing: { ...environment.secrets, ...props.secrets },
      rotation: environment.secretRotation,
      protect,
      encryptionKey,
    });
    const network = makeNetwork(holding, { ...props, bridge, environment, encryptionKey });
    const kafka = connectKafka(holding, {
      bridge,
      environment,
      deployment: this.#deployment,
      network,
      encryptionKey,
    });
    const shared = { state, credentials, kafka, logRetention, encryptionKey, prefix: this.#deployment };

    this.poller =
      bridge.sources.length === 0 || network === undefined
        ? undefined
        : new PollerService(this, 'Poller', {
            ...shared,
            bridge,
            environmentName: environment.name,
            network,
            runbook: environment.alarms.runbook,
            tasks: environment.poller.tasks,
            cpu: environment.poller.cpu,
            memoryMb: environment.poller.memoryMb,
            image: pollerImage(new Construct(this, 'PollerImage'), {
              ...environment.poller,
              definition,
            }),
          });
    const deadLetters = new DeadLetterStore(holding, 'DeadLetters', { ...shared, sinks: bridge.sinks, protect });
    const sinks = this.#createSinks(environment, definition, { ...shared, network, deadLetters, protect });
    this.table = state.table;
    this.secrets = credentials.arns;
    this.sinks = new Map([...sinks].map(([each, sink]) => [each, sink.function]));
    this.#kafka = kafka;

    const watching = props.scopes?.monitoring ?? this;
    new Monitoring(watching, 'Monitoring', {
      deployment: this.#deployment,
      hasPoller: this.poller !== undefined,
      sinks,
      table: state.table,
      topic: props.alarmTopic ?? alarmTopic(watching, 'Alarms', { ...environment.alarms, encryptionKey }),
      ...environment.alarms,
    });
  }

  /** Lets another program publish to topics of the bridge, such as the ERP that fills a sink's topic. */
  grantProduce(grantee: IGrantable, ...topics: string[]): void {
    this.#kafka.grantProduce(grantee, topics);
  }

  /** A metric of the poller, for your own alarms. */
  pollerMetric(name: PollerMetric): Metric {
    return pollerMetric(this.#deployment, name);
  }

  /**
   * A metric of one sink, for your own alarms.
   *
   * @throws BridgeError SKB_CONFIG_INVALID when there is no such sink; an alarm on its metric would never go off.
   */
  sinkMetric(sink: string, name: SinkMetric): Metric {
    if (!this.sinks.has(sink)) {
      const known = [...this.sinks.keys()].join(', ');
      throw new BridgeError('SKB_CONFIG_INVALID', `There is no sink ${sink}; the definition has ${known}`);
    }
    return sinkMetric(this.#deployment, sink, name);
  }

  #createSinks(
    { alarms, eventSource, topics, sinks: { reservedConcurrency } }: Environment,
    definition: string,
    shared: Omit<
      ConstructorParameters<typeof Sink>[2],
      'sink' | 'remembersWritten' | 'code' | 'maxRecordAgeSeconds' | 'minimumPollers' | 'maximumPollers' | 'runbook'
    >,
  ): ReadonlyMap<string, Sink> {
    if (this.bridge.sinks.length === 0) return new Map();
    const bundle = new Construct(this, 'SinkBundle');
    // One bundle for all sinks; SINK_NAME tells a function which one it is.
    const code = Code.fromAsset(
      stageFolder(bundle, [{ entry: programFile('functions/sink/handler'), definition, fileName: 'index.mjs' }]),
    );
    return new Map(
      this.bridge.sinks.map((sink) => [
        sink.name,
        new Sink(this, `Sink-${sink.name}`, {
          ...shared,
          sink,
          remembersWritten: guardedOrgs(this.bridge).includes(sink.org),
          code,
          minimumPollers: eventSource.minimumPollers,
          maximumPollers: eventSource.maximumPollers,
          // What the topic no longer holds cannot be tried again.
          maxRecordAgeSeconds: topics.retentionDays * 86_400,
          failureTopic: eventSource.failureTopic,
          reservedConcurrency,
          runbook: alarms.runbook,
        }),
      ]),
    );
  }
}

/** Its full path. Found out here, because the bundler would name a file of ours that cannot find it. */
function findFile(definition: string): string {
  const file = path.resolve(definition);
  if (existsSync(file)) return file;
  throw new BridgeError('SKB_CONFIG_INVALID', `definition: there is no file ${file}`);
}

/** Made only when something runs in it: sinks whose dead letters go to queues need none, and neither does a NAT gateway. */
function makeNetwork(
  scope: Construct,
  {
    bridge,
    environment,
    vpc,
    encryptionKey,
  }: {
    readonly bridge: Bridge;
    readonly environment: Environment;
    readonly vpc?: IVpc;
    readonly encryptionKey: IKey | undefined;
  },
): Network | undefined {
  const { cluster, network, logRetentionDays: logRetention } = environment;
  const programsInside = runsInNetwork(bridge);
  if (!programsInside && cluster.kind !== 'create' && cluster.kind !== 'selfManaged') return undefined;
  return new Network(scope, 'Network', {
    settings: network,
    programsInside,
    vpc,
    kafkaPorts: portsOf(cluster),
    logRetention,
    encryptionKey,
  });
}
