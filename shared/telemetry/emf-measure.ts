import { type Measure, type MetricUnit, metricNamespace } from './metrics.ts';

interface EmfParts<Name extends string> {
  /** The table of what may be measured. */
  readonly metrics: Readonly<Record<Name, { readonly unit: MetricUnit }>>;
  /** `<bridge>-<environment>`. Absent: nothing is measured, as on a laptop. */
  readonly deployment: string | undefined;
  /** `poller`, or `sink-<name>`. */
  readonly program: string;
  readonly date: () => Date;
  /** Takes one line. */
  readonly write: (line: string) => void;
}

/**
 * Measures by log lines, which CloudWatch turns into metrics: no calls, no waiting, no rights.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function createEmfMeasure<Name extends string>(parts: EmfParts<Name>): Measure<Name> {
  const { metrics, deployment, program, date, write } = parts;
  if (deployment === undefined || deployment === '') return () => undefined;
  return (values, properties = {}) => {
    const names = (Object.keys(values) as Name[]).filter((name) => values[name] !== undefined);
    if (names.length === 0) return;
    write(
      JSON.stringify({
        _aws: {
          Timestamp: date().getTime(),
          CloudWatchMetrics: [
            {
              Namespace: metricNamespace,
              Dimensions: [['Deployment', 'Program']],
              Metrics: names.map((name) => ({ Name: name, Unit: metrics[name].unit })),
            },
          ],
        },
        Deployment: deployment,
        Program: program,
        ...properties,
        ...values,
      }),
    );
  };
}
