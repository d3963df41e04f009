import {
  Alarm,
  AnomalyDetectionAlarm,
  ComparisonOperator,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** One row of the tables of alarms. */
export interface AlarmSpec {
  /** Last part of the alarm's name; also the heading in docs/runbook.md. */
  readonly name: string;
  readonly metric: IMetric;
  /**
   * Goes off at this value and above it (or below it), when nothing is measured at all, or when it is not what it usually is
   * at that time.
   */
  readonly goesOff: { readonly atLeast: number } | { readonly atMost: number } | 'silence' | 'unusual';
  /** How many periods in a row. @default 1 */
  readonly periods?: number;
  /** Whether silence is a reason to go off, too. @default false */
  readonly missingIsBad?: boolean;
  /** What happened and what to do first, for the person who is woken. */
  readonly says: string;
}

/** Wide, since a volume has good reasons to differ; it is for what nobody thought of. */
const unusualDeviations = 4;

interface AlarmProps {
  readonly spec: AlarmSpec;
  /** `poller`, `state` or the name of a sink. */
  readonly subject: string;
  /** `<bridge>-<environment>`. */
  readonly prefix: string;
  /** Page that has a heading for every name. */
  readonly runbook: string;
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
export function createReleaseAlarm(scope: Construct, { spec, subject, prefix, runbook }: AlarmProps): Alarm {
  const { name, says, metric, goesOff, periods: evaluationPeriods = 1, missingIsBad = false } = spec;
  const id = `${subject}-${name}`;
  const about = {
    alarmName: `${prefix}-${id}`,
    alarmDescription: `${says} See ${runbook}#${name}`,
    metric,
    evaluationPeriods,
  };
  if (goesOff === 'unusual') {
    return new AnomalyDetectionAlarm(scope, id, {
      ...about,
      stdDevs: unusualDeviations,
      comparisonOperator: ComparisonOperator.LESS_THAN_LOWER_OR_GREATER_THAN_UPPER_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
  const silence = goesOff === 'silence';
  const threshold = silence ? 0 : 'atLeast' in goesOff ? goesOff.atLeast : goesOff.atMost;
  return new Alarm(scope, id, {
    ...about,
    // What is counted is never below 0, so the first of the two goes off only when nothing is measured.
    threshold,
    comparisonOperator: operatorOf(goesOff),
    treatMissingData: silence || missingIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
  });
}

function operatorOf(goesOff: Exclude<AlarmSpec['goesOff'], 'unusual'>): ComparisonOperator {
  if (goesOff === 'silence') return ComparisonOperator.LESS_THAN_THRESHOLD;
  return 'atLeast' in goesOff
    ? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
    : ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD;
}
