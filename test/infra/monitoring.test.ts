import { readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { exampleLoad } from '../../infra/cost/load.ts';
import { planEnvironment } from '../../infra/cost/plan.ts';
import { parseEnvironment } from '../../infra/read-environment.ts';
import { parseBridge } from '../../shared/bridge/define-bridge.ts';
import { upsert } from '../../shared/bridge/targets.ts';
import { metricNamespace, metricsOfSink, pollerMetrics } from '../../shared/telemetry/metrics.ts';
import { definition, environment, synthesize } from './synthesize.ts';

const { template } = synthesize();
const all = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map((each) => each['Properties']);
/** Only a deployment looks at these. */
const release = all.filter((alarm) => /-release-[a-z]+$/.test(alarm['AlarmName']));
const alarms = all.filter((alarm) => !release.includes(alarm));
const dashboard = JSON.stringify(Object.values(template.findResources('AWS::CloudWatch::Dashboard')));

const emitted = [
  ...Object.keys(pollerMetrics).map((metric) => ['poller', metric] as const),
  ...Object.keys(definition.sinks ?? {}).flatMap((sink) =>
    metricsOfSink({ hasAggregate: false }).map((metric) => [`sink-${sink}`, metric] as const),
  ),
];

it.each(emitted)('shows what %s measures as %s', (program, metric) => {
  const dimensions = `\\"${metricNamespace}\\",\\"${metric}\\",\\"Deployment\\",\\"shop-prod\\",\\"Program\\",\\"${program}\\"`;
  expect(dashboard.replaceAll('\\\\', '\\')).toContain(dimensions);
});

describe('every alarm', () => {
  const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');

  it.each(all.map((alarm) => [alarm['AlarmName'] as string, alarm] as const))(
    '%s tells whom, what and where',
    (_, alarm) => {
      const told = release.includes(alarm) ? undefined : [expect.anything()];
      expect(alarm['AlarmActions']).toEqual(told);
      expect(alarm['OKActions']).toEqual(told);
      const section = /docs\/runbook\.md#([a-z-]+)$/.exec(alarm['AlarmDescription'])?.[1];
      expect(runbook.split('\n')).toContain(`## ${section}`);
    },
  );

  it('goes off when the poller or an event source falls silent', () => {
    const silent = alarms
      .filter((alarm) => alarm['TreatMissingData'] === 'breaching')
      .map((alarm) => alarm['AlarmName']);
    expect(silent).toEqual(['shop-prod-poller-silent', 'shop-prod-prices-not-polling', 'shop-prod-stock-not-polling']);
  });

  it('answers the four questions in this order', () => {
    const asked = [...dashboard.matchAll(/## ([^"\\]+)/g)].map(([, question]) => question);
    expect(asked).toEqual([
      'Is it running?',
      'Is it behind?',
      'What was rejected?',
      'How much quota is left?',
      'How much goes through?',
    ]);
  });

  it('notices a volume that is not the usual one, unless volumes have no pattern', () => {
    const unusual = (of: typeof template) =>
      Object.values(of.findResources('AWS::CloudWatch::Alarm'))
        .map((each) => each['Properties'])
        .filter((alarm) => alarm['ThresholdMetricId'] !== undefined)
        .map((alarm) => alarm['AlarmName']);
    expect(unusual(template)).toEqual([
      'shop-prod-poller-unusual-volume',
      'shop-prod-prices-unusual-volume',
      'shop-prod-stock-unusual-volume',
    ]);
    expect(unusual(synthesize({ alarms: { anomalies: false } }).template)).toEqual([]);
  });

  it('goes off above a limit, or below it where less is worse', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'shop-prod-prices-calls-ending',
      Threshold: 21_600,
      ComparisonOperator: 'LessThanOrEqualToThreshold',
      Statistic: 'Minimum',
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'shop-prod-prices-lagging',
      Threshold: 100_000,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Statistic: 'Maximum',
    });
  });

  it('has a name that fits, however long its topic is', () => {
    const prices = {
      write: upsert('Product2', { externalId: 'Key__c' }),
      topics: ['erp.a', 'x'.repeat(190)],
      consumerGroup: 'g',
    };
    const bridge = { name: 'b'.repeat(20), orgs: { main: {} }, sinks: { prices } };
    const { template: long } = synthesize({}, { bridge });
    const names = Object.values(long.findResources('AWS::CloudWatch::Alarm')).map(
      (each) => each['Properties'].AlarmName,
    );
    expect(Math.max(...names.map((name) => String(name).length))).toBe(
      `${bridge.name}-prod-prices-${'x'.repeat(190)}-polling-errors`.length,
    );
    const [sink] = Object.values(long.findResources('AWS::Lambda::Function'));
    expect(sink?.['Properties'].Description).toBe('To Product2 (upsert) from erp.a and 1 more');
  });

  it('is counted on the cost page', () => {
    const bridge = parseBridge(definition);
    const plan = planEnvironment(bridge, parseEnvironment('prod', environment), exampleLoad);
    expect(plan.lines.map(({ how }) => how).join()).toContain(`${all.length} alarms`);
  });

  it('links the runbook where people read it', () => {
    const runbook = 'https://example.com/bridge/runbook.md';
    const { template: changed } = synthesize({ alarms: { runbook } });
    changed.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'shop-prod-prices-behind',
      AlarmDescription: Match.stringLikeRegexp(`See ${runbook}#behind$`),
    });
  });

  it('may go to a topic that exists', () => {
    const topicArn = 'arn:aws:sns:eu-central-1:444455556666:on-call';
    const { template: changed } = synthesize({ alarms: { topicArn } });
    changed.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { AlarmActions: [topicArn] }, alarms.length);
    changed.resourceCountIs('AWS::SNS::Topic', 0);
  });
});

it('lets alarms publish to the topic, which its own policy would otherwise refuse', () => {
  template.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: [
        { Effect: 'Deny' },
        { Effect: 'Allow', Action: 'sns:Publish', Principal: { Service: 'cloudwatch.amazonaws.com' } },
      ],
    },
  });
});
