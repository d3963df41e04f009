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

interface AlarmProperties {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
  readonly Statistic: keyof typeof statistics;
  readonly Period: number;
  readonly EvaluationPeriods: number;
  readonly Threshold: number;
  readonly ComparisonOperator: keyof typeof comparisons;
  readonly TreatMissingData: 'breaching' | 'notBreaching';
}

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

/** Whether an alarm on a single metric goes off by the last of its periods before a time, in milliseconds. */
export function goesOff({ Properties: properties }: Resource, lines: readonly MetricLine[], until: number): boolean {
  const alarm = properties as unknown as AlarmProperties;
  const periodMs = alarm.Period * 1000;
  const periods = Array.from({ length: alarm.EvaluationPeriods }, (_, index) => until - (index + 1) * periodMs);
  return periods.every((start) => {
    const values = lines
      .filter(({ _aws: { Timestamp: time } }) => time >= start && time < start + periodMs)
      .flatMap((line) => valueIn(line, alarm));
    if (values.length === 0) return alarm.TreatMissingData === 'breaching';
    return comparisons[alarm.ComparisonOperator](statistics[alarm.Statistic](values), alarm.Threshold);
  });
}

/** The value of the alarm's metric, with exactly its dimensions. */
function valueIn(line: MetricLine, { Namespace, MetricName, Dimensions }: AlarmProperties): number[] {
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
