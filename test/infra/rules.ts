import { metricNamespace, metricsOfSink, pollerMetrics } from '../../shared/telemetry/metrics.ts';
import { rightsRules } from './rights-rules.ts';
import { has, never, one, type Resource, type Rule, type TemplateJson } from './rule.ts';

const ref = (part: string) => (value: unknown) => JSON.stringify(value).includes(part);
const named = (property: string, name: string) => (resource: Resource) => resource.Properties[property] === name;

/** What must hold of a deployment of two orgs, one source and two sinks: see synthesize.ts. */
export const rules: readonly Rule[] = [
  // What holds data
  has({
    says: 'the state table forgets by TTL, can be brought back to any second and outlives the stack',
    type: 'AWS::DynamoDB::GlobalTable',
    count: 1,
    properties: {
      'Properties.TableName': 'shop-prod-state',
      'Properties.TimeToLiveSpecification.Enabled': true,
      'Properties.TimeToLiveSpecification.AttributeName': 'expiresAt',
      'Properties.Replicas.0.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled': true,
      'Properties.Replicas.0.DeletionProtectionEnabled': true,
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    },
  }),
  has({
    says: 'secrets have the type that Secrets Manager can rotate, and outlive the stack',
    type: 'AWS::SecretsManager::Secret',
    count: 2,
    properties: {
      'Properties.Type': 'SalesforceClientSecret',
      'Properties.Name': ref('/prod'),
      DeletionPolicy: 'Retain',
    },
  }),
  never({
    says: 'no template holds a secret',
    problems: (template) =>
      JSON.stringify(template).match(/SecretString|GenerateSecretString|resolve:secretsmanager|consumerSecret/g) ?? [],
    broken: {
      'a value': (template) => {
        one(template, 'AWS::SecretsManager::Secret').Properties['SecretString'] = '{}';
      },
      'a generated password': (template) => {
        one(template, 'AWS::SecretsManager::Secret').Properties['GenerateSecretString'] = {};
      },
      'a value in a variable': (template) => {
        const { Variables: variables } = one(template, 'AWS::Lambda::Function').Properties['Environment'] as {
          Variables: Record<string, string>;
        };
        variables['TOKEN'] = '{{resolve:secretsmanager:shop/main/prod}}';
      },
    },
  }),
  has({
    says: 'topics of the bridge outlive the stack, with partitions and retention decided',
    type: 'AWS::MSK::Topic',
    count: 4,
    properties: {
      DeletionPolicy: 'Retain',
      'Properties.PartitionCount': (count: number) => count > 0,
      'Properties.ReplicationFactor': 3,
      'Properties.Configs': (text: string) => Buffer.from(text, 'base64').toString().includes('retention.ms=604800000'),
    },
  }),

  // Event source mappings
  has({
    says: 'event source mappings are in provisioned mode, because they use failure settings',
    type: 'AWS::Lambda::EventSourceMapping',
    count: 2,
    properties: {
      'Properties.ProvisionedPollerConfig': (config: Record<string, unknown>) => Object.keys(config).length === 3,
      'Properties.ProvisionedPollerConfig.MinimumPollers': 1,
      'Properties.ProvisionedPollerConfig.MaximumPollers': 4,
      'Properties.ProvisionedPollerConfig.PollerGroupName': 'shop-prod',
    },
  }),
  has({
    says: 'what becomes of a failing batch is stated, so that no default of Lambda drops records',
    type: 'AWS::Lambda::EventSourceMapping',
    count: 2,
    properties: {
      'Properties.FunctionResponseTypes': ['ReportBatchItemFailures'],
      'Properties.MaximumRetryAttempts': 10_000,
      'Properties.MaximumRecordAgeInSeconds': 604_800,
      'Properties.BisectBatchOnFunctionError': false,
      'Properties.DestinationConfig.OnFailure.Destination': ref('Failures'),
      'Properties.StartingPosition': 'TRIM_HORIZON',
    },
  }),
  has({
    says: 'every sink reads as a consumer group of its own, through its alias',
    type: 'AWS::Lambda::EventSourceMapping',
    count: 2,
    properties: {
      'Properties.AmazonManagedKafkaEventSourceConfig.ConsumerGroupId': (name: string) => name.startsWith('shop.'),
      'Properties.FunctionName': ref('ReleaseLive'),
      'Properties.MetricsConfig.Metrics': ['EventCount', 'ErrorCount', 'KafkaMetrics'],
    },
  }),

  // Programs
  has({
    says: 'the poller has time to drain, gets signals, is checked for life, and cannot write or gain rights',
    type: 'AWS::ECS::TaskDefinition',
    count: 1,
    properties: {
      'Properties.RuntimePlatform.CpuArchitecture': 'ARM64',
      'Properties.ContainerDefinitions.0.StopTimeout': 120,
      'Properties.ContainerDefinitions.0.LinuxParameters.InitProcessEnabled': true,
      'Properties.ContainerDefinitions.0.HealthCheck.Command': ['CMD', 'node', '/app/health-check.mjs'],
      'Properties.ContainerDefinitions.0.User': '1000:1000',
      'Properties.ContainerDefinitions.0.ReadonlyRootFilesystem': true,
    },
  }),
  has({
    says: 'a deployment of the poller keeps to the leases and is rolled back when it fails',
    type: 'AWS::ECS::Service',
    count: 1,
    properties: {
      'Properties.DesiredCount': 1,
      'Properties.AvailabilityZoneRebalancing': 'DISABLED',
      'Properties.DeploymentConfiguration.MinimumHealthyPercent': 0,
      'Properties.DeploymentConfiguration.MaximumPercent': 100,
      'Properties.DeploymentConfiguration.DeploymentCircuitBreaker.Enable': true,
      'Properties.DeploymentConfiguration.DeploymentCircuitBreaker.Rollback': true,
      'Properties.DeploymentConfiguration.Alarms.AlarmNames': (names: unknown[]) => names.length === 1,
      'Properties.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp': 'DISABLED',
      'Properties.EnableExecuteCommand': false,
    },
  }),
  has({
    says: 'functions are what they were tested as, and log where somebody decides how long',
    type: 'AWS::Lambda::Function',
    count: 2,
    properties: {
      'Properties.Runtime': 'nodejs24.x',
      'Properties.Architectures': ['arm64'],
      'Properties.Timeout': (seconds: number) => seconds < 840,
      'Properties.LoggingConfig.LogGroup': ref('Logs'),
      'Properties.Environment.Variables.NODE_OPTIONS': '--enable-source-maps',
    },
  }),
  has({
    says: 'a new version of a function is taken back by alarms',
    type: 'AWS::CodeDeploy::DeploymentGroup',
    count: 2,
    properties: {
      'Properties.AlarmConfiguration.Enabled': true,
      'Properties.AlarmConfiguration.Alarms': (alarms: unknown[]) => alarms.length === 2,
      'Properties.AutoRollbackConfiguration.Events': ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM'],
    },
  }),
  has({
    says: 'logs are kept as long as the environment says',
    type: 'AWS::Logs::LogGroup',
    count: 3,
    properties: { 'Properties.RetentionInDays': 30 },
  }),
  has({
    says: 'failed batches are kept as long as a queue can, and travel encrypted',
    type: 'AWS::SQS::Queue',
    count: 2,
    properties: { 'Properties.MessageRetentionPeriod': 1_209_600, 'Properties.SqsManagedSseEnabled': true },
  }),

  ...rightsRules,

  // Watching
  never({
    says: 'every metric that the code emits is on the dashboard or in an alarm',
    problems: (template) => emitted.filter((metric) => !watched(template).includes(metric)),
    broken: {
      'no dashboard': (template) => {
        one(template, 'AWS::CloudWatch::Dashboard').Properties['DashboardBody'] = '';
      },
    },
  }),
  never({
    says: 'every alarm tells somebody what to do and where to read on, unless only a deployment looks at it',
    problems: (template) =>
      Object.entries(template.Resources).flatMap(([id, { Type: type, Properties: alarm }]) => {
        if (type !== 'AWS::CloudWatch::Alarm') return [];
        const problems = /runbook(\.md)?#[a-z-]+$/.test(String(alarm['AlarmDescription'])) ? [] : [`${id}: no page`];
        const release = String(alarm['AlarmName']).includes('-release-');
        if (!release && !Array.isArray(alarm['AlarmActions'])) problems.push(`${id}: tells nobody`);
        return problems;
      }),
    broken: {
      'an alarm without a description': (template) => {
        delete one(template, 'AWS::CloudWatch::Alarm').Properties['AlarmDescription'];
      },
      'an alarm that tells nobody': (template) => {
        const silent = one(template, 'AWS::CloudWatch::Alarm', named('AlarmName', 'shop-prod-poller-silent'));
        delete silent.Properties['AlarmActions'];
      },
    },
  }),
  has({
    says: 'silence sets an alarm off: no poller, no poll of an event source',
    type: 'AWS::CloudWatch::Alarm',
    where: ({ Properties: { AlarmName: name } }) => /-(silent|not-polling)$/.test(String(name)),
    count: 3,
    properties: { 'Properties.TreatMissingData': 'breaching', 'Properties.EvaluationPeriods': (n: number) => n <= 3 },
  }),
  has({
    says: 'alarms may publish to their topic',
    type: 'AWS::SNS::TopicPolicy',
    count: 1,
    properties: { 'Properties.PolicyDocument.Statement.1.Principal': { Service: 'cloudwatch.amazonaws.com' } },
  }),
];

const emitted: readonly string[] = [
  ...Object.keys(pollerMetrics).map((metric) => `poller ${metric}`),
  ...['prices', 'stock'].flatMap((sink) =>
    metricsOfSink({ hasAggregate: false }).map((metric) => `sink-${sink} ${metric}`),
  ),
];

/** Metrics of our own, as `program metric`, that an alarm or the dashboard reads. */
function watched(template: TemplateJson): string[] {
  const alarms = Object.values(template.Resources)
    .filter(({ Type: type }) => type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties: { Dimensions: dimensions, MetricName: metric } }) => {
      const [, program] = (dimensions ?? []) as { Value: unknown }[];
      return `${program?.Value} ${metric}`;
    });
  const body = JSON.stringify(
    Object.values(template.Resources).find(({ Type: type }) => type === 'AWS::CloudWatch::Dashboard'),
  ).replaceAll('\\', '');
  const shown = body.matchAll(
    new RegExp(`"${metricNamespace}","(\\w+)","Deployment","shop-prod","Program","([\\w-]+)"`, 'g'),
  );
  return [...alarms, ...[...shown].map(([, metric, program]) => `${program} ${metric}`)];
}
