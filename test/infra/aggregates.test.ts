import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { metricsOfSink } from '../../shared/telemetry/metrics.ts';
import { aggregate } from '../../shared/transform/aggregate.ts';
import { enrich } from '../../shared/transform/enrich.ts';
import { dynamodbItems } from '../../shared/transform/lookup-sources.ts';
import { map } from '../../shared/transform/map.ts';
import { pipe } from '../../shared/transform/pipe.ts';
import type { Transform } from '../../shared/transform/step.ts';
import { text } from '../../shared/transform/text.ts';
import { definition, rightsOf, synthesize } from './synthesize.ts';

function withTransform(transform: Transform) {
  const prices = definition.sinks?.['prices'];
  if (prices === undefined) throw new Error('The definition has no sink prices');
  return synthesize(
    {},
    { bridge: { ...definition, sinks: { ...definition.sinks, prices: { ...prices, transform } } } },
  );
}

const summing = withTransform(
  pipe(
    text(),
    aggregate({ key: (value) => value, start: 0, reduce: (sum) => sum + 1 }),
    map(({ key }) => ({ Key__c: key })),
  ),
);

describe('a sink with an aggregate', () => {
  it('is woken once a minute, and no other sink is', () => {
    summing.template.resourceCountIs('AWS::Events::Rule', 1);
    summing.template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 minute)',
      Targets: [Match.objectLike({ Input: '{"bridge":"tick"}', RetryPolicy: { MaximumRetryAttempts: 0 } })],
    });
  });

  it('alarms when rows are owed for long, or no tick measures it, and shows that and late records', () => {
    summing.template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'shop-prod-prices-owed-rows',
      MetricName: 'OwedRowAge',
      Statistic: 'Maximum',
      Threshold: 900,
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
      AlarmDescription: Match.stringLikeRegexp('#owed-rows$'),
    });
    const dashboard = JSON.stringify(Object.values(summing.template.findResources('AWS::CloudWatch::Dashboard')));
    for (const metric of metricsOfSink({ hasAggregate: true })) {
      expect(dashboard.replaceAll('\\', '')).toContain(`"${metric}"`);
    }
  });

  it('is alone in that', () => {
    const names = Object.values(summing.template.findResources('AWS::CloudWatch::Alarm')).map(
      (each) => each['Properties']['AlarmName'],
    );
    expect(names.filter((name) => name.endsWith('-owed-rows'))).toEqual(['shop-prod-prices-owed-rows']);
  });

  it('may delete its list of due keys', () => {
    expect(rightsOf(summing.template, 'BridgeSinkprices').has('dynamodb:DeleteItem')).toBe(true);
  });

  it('is told of when partitions share its state', () => {
    Annotations.fromStack(summing.stack).hasWarning(
      '*',
      Match.stringLikeRegexp('partitions of erp.prices share its state'),
    );
  });
});

describe('a sink that looks things up in a table', () => {
  it('reads that table and no other', () => {
    const from = dynamodbItems({ table: 'cities', key: 'zip' });
    const { template } = withTransform(
      pipe(text(), enrich({ from, key: (zip) => zip, into: (zip) => ({ Key__c: zip }) })),
    );
    const readable = rightsOf(template, 'BridgeSinkprices').get('dynamodb:BatchGetItem');
    expect(JSON.stringify(readable)).toContain('table/cities');
  });
});
