import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** One row of the tables of alarms. */
export interface AlarmSpec {
  /** Last part of the alarm's name; also the heading in docs/runbook.md. */
  readonly name: string;
  readonly metric: IMetric;
  /** Goes off at this value, or when nothing is measured at all. */
  readonly atLeast: number | 'silence';
  /** How many periods in a row. @default 1 */
  readonly periods?: number;
  /** Whether silence is a reason to go off, too. @default false */
  readonly missingIsBad?: boolean;
  /** What happened and what to do first, for the person who is woken. */
  readonly says: string;
}

const runbook = 'docs/runbook.md';

/** `prices-behind` is explained under the heading `behind`, one for all sinks. */
export function runbookSection(name: string): string {
  return `${runbook}#${name}`;
}

export function createAlarm(
  scope: Construct,
  { spec, subject, prefix, topic }: { spec: AlarmSpec; subject: string; prefix: string; topic: ITopic },
): Alarm {
  const silence = spec.atLeast === 'silence';
  const alarm = new Alarm(scope, `${subject}-${spec.name}`, {
    alarmName: `${prefix}-${subject}-${spec.name}`,
    alarmDescription: `${spec.says} See ${runbookSection(spec.name)}`,
    metric: spec.metric,
    // What is counted is never below 0, so the first of the two goes off only when nothing is measured.
    threshold: spec.atLeast === 'silence' ? 0 : spec.atLeast,
    comparisonOperator: silence
      ? ComparisonOperator.LESS_THAN_THRESHOLD
      : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: spec.periods ?? 1,
    treatMissingData:
      silence || spec.missingIsBad === true ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
  });
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
  return alarm;
}
