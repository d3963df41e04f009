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

interface AlarmProps {
  readonly spec: AlarmSpec;
  /** `poller`, `state` or the name of a sink. */
  readonly subject: string;
  /** `<bridge>-<environment>`. */
  readonly prefix: string;
}

/** An alarm that tells somebody. */
export function createAlarm(scope: Construct, { topic, ...props }: AlarmProps & { readonly topic: ITopic }): Alarm {
  const alarm = createReleaseAlarm(scope, props);
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
  return alarm;
}

/** An alarm that only a deployment looks at. */
export function createReleaseAlarm(scope: Construct, { spec, subject, prefix }: AlarmProps): Alarm {
  const silence = spec.atLeast === 'silence';
  return new Alarm(scope, `${subject}-${spec.name}`, {
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
}
