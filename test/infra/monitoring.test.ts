import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { metricNamespace, pollerMetrics, sinkMetrics } from '../../shared/telemetry/metrics.ts';
import { definition, synthesize } from './synthesize.ts';

const { template } = synthesize();
const all = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map((each) => each['Properties']);
/** Only a deployment looks at these. */
const release = all.filter((alarm) => /-release-[a-z]+$/.test(alarm['AlarmName']));
const alarms = all.filter((alarm) => !release.includes(alarm));
const dashboard = JSON.stringify(Object.values(template.findResources('AWS::CloudWatch::Dashboard')));

const emitted = [
  ...Object.keys(pollerMetrics).map((metric) => ['poller', metric] as const),
  ...Object.keys(definition.sinks ?? {}).flatMap((sink) =>
    Object.keys(sinkMetrics).map((metric) => [`sink-${sink}`, metric] as const),
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
