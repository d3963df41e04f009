import { evaluate } from './metric-math.ts';
import type { Resource } from './rule.ts';

// What CloudWatch makes of the log lines that programs print: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

/** A line in embedded metric format, as far as alarms look at it. */
export interface MetricLine {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [name: string]: unknown;
}

/** The metric lines of a program's output. */
export function metricLines(output: readonly string[]): MetricLine[] {
  return output.filter((line) => line.startsWith('{"_aws"')).map((line) => JSON.parse(line) as MetricLine);
}

/** The last measurement again and again for so many seconds, as it comes while nothing changes. */
export function goingOn(lines: readonly MetricLine[], everySeconds: number, seconds: number): MetricLine[] {
  const last = lines.at(-1);
  if (last === undefined) throw new Error('Nothing was measured');
  const times = Array.from({ length: Math.ceil(seconds / everySeconds) }, (_, index) => index * everySeconds * 1000);
  return times.map((time) => ({ ...last, _aws: { ...last._aws, Timestamp: time } }));
}

interface Metric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
}

interface AlarmOnMetric extends Metric {
  readonly Statistic: keyof typeof statistics;
  readonly Period: number;
}

/** One of them, an expression, is what the alarm looks at. */
interface AlarmOnMath {
  readonly Metrics: readonly (
    | { readonly Id: string; readonly Expression: string }
    | {
        readonly Id: string;
        readonly MetricStat: {
          readonly Metric: Metric;
          readonly Stat: keyof typeof statistics;
          readonly Period: number;
        };
      }
  )[];
}

type AlarmProperties = (AlarmOnMetric | AlarmOnMath) & {
  readonly EvaluationPeriods: number;
  readonly Threshold: number;
  readonly ComparisonOperator: keyof typeof comparisons;
  readonly TreatMissingData: 'breaching' | 'notBreaching';
};

const statistics = {
  Sum: (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0),
  Maximum: (values: readonly number[]) => Math.max(...values),
  Minimum: (values: readonly number[]) => Math.min(...values),
};

const comparisons = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
};

/** An alarm that compares with what is usual: CloudWatch learns that from weeks, so nothing here says when it goes off. */
export function looksAtUsual({ Properties: properties }: Resource): boolean {
  return properties['ThresholdMetricId'] !== undefined;
}

/** Whether an alarm goes off by the last of its periods before a time, in milliseconds. */
export function goesOff({ Properties: properties }: Resource, lines: readonly MetricLine[], until: number): boolean {
  const alarm = properties as unknown as AlarmProperties;
  const periodMs = periodOf(alarm) * 1000;
  const periods = Array.from({ length: alarm.EvaluationPeriods }, (_, index) => until - (index + 1) * periodMs);
  return periods.every((start) => {
    const within = lines.filter(({ _aws: { Timestamp: time } }) => time >= start && time < start + periodMs);
    const value = lookedAt(alarm, within);
    if (value === undefined) return alarm.TreatMissingData === 'breaching';
    return comparisons[alarm.ComparisonOperator](value, alarm.Threshold);
  });
}

function periodOf(alarm: AlarmProperties): number {
  if ('Period' in alarm) return alarm.Period;
  const [period, ...others] = new Set(
    alarm.Metrics.flatMap((each) => ('MetricStat' in each ? each.MetricStat.Period : [])),
  );
  if (period === undefined || others.length > 0) throw new Error('Metrics of an expression must have one period');
  return period;
}

/** What an alarm looks at, of the lines of one period; undefined when there is no data point. */
function lookedAt(alarm: AlarmProperties, lines: readonly MetricLine[]): number | undefined {
  if ('MetricName' in alarm) return statisticOf(lines, alarm, alarm.Statistic);
  const valueOfId = (id: string): number | undefined => {
    const found = alarm.Metrics.find((each) => each.Id === id);
    if (found === undefined) throw new Error(`There is no metric ${id}`);
    if ('Expression' in found) return evaluate(found.Expression, valueOfId);
    return statisticOf(lines, found.MetricStat.Metric, found.MetricStat.Stat);
  };
  const [shown] = alarm.Metrics.filter((each) => 'Expression' in each);
  return valueOfId(shown?.Id ?? '');
}

function statisticOf(lines: readonly MetricLine[], metric: Metric, name: keyof typeof statistics): number | undefined {
  const values = lines.flatMap((line) => valueIn(line, metric));
  return values.length === 0 ? undefined : statistics[name](values);
}

/** The value of a metric, with exactly its dimensions. */
function valueIn(line: MetricLine, { Namespace, MetricName, Dimensions }: Metric): number[] {
  const names = Dimensions.map(({ Name }) => Name).sort();
  const measured = line._aws.CloudWatchMetrics.some(
    (each) =>
      each.Namespace === Namespace &&
      each.Metrics.some(({ Name }) => Name === MetricName) &&
      each.Dimensions.some((set) => [...set].sort().join() === names.join()),
  );
  const same = Dimensions.every(({ Name, Value }) => line[Name] === Value);
  return measured && same ? [line[MetricName] as number] : [];
}
