import { expect, it } from 'vitest';
import { createEmfMeasure } from '../../../../shared/telemetry/emf-measure.ts';

const metrics = { Rows: { unit: 'Count' }, Age: { unit: 'Seconds' } } as const;
const date = () => new Date(1_700_000_000_000);

it('writes one line that CloudWatch turns into metrics', () => {
  const lines: string[] = [];
  const measure = createEmfMeasure({
    metrics,
    deployment: 'shop-prod',
    program: 'sink-prices',
    date,
    write: (line) => lines.push(line),
  });
  measure({ Rows: 3, Age: 1.5 });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      _aws: {
        Timestamp: 1_700_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: 'SalesforceKafkaBridge',
            Dimensions: [['Deployment', 'Program']],
            Metrics: [
              { Name: 'Rows', Unit: 'Count' },
              { Name: 'Age', Unit: 'Seconds' },
            ],
          },
        ],
      },
      Deployment: 'shop-prod',
      Program: 'sink-prices',
      Rows: 3,
      Age: 1.5,
    },
  ]);
});

it('writes properties beside the values, and makes no metric of them', () => {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  createEmfMeasure({ metrics, deployment: 'shop-prod', program: 'p', date, write })(
    { Rows: 3 },
    { By: { a: 2, b: 1 } },
  );
  const [line] = lines.map((text) => JSON.parse(text));
  expect(line).toMatchObject({ Rows: 3, By: { a: 2, b: 1 } });
  expect(line._aws.CloudWatchMetrics[0].Metrics).toEqual([{ Name: 'Rows', Unit: 'Count' }]);
});

it('measures nothing without a deployment, or without values', () => {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  createEmfMeasure({ metrics, deployment: undefined, program: 'poller', date, write })({ Rows: 1 });
  createEmfMeasure({ metrics, deployment: '', program: 'poller', date, write })({ Rows: 1 });
  createEmfMeasure({ metrics, deployment: 'shop-prod', program: 'poller', date, write })({});
  expect(lines).toEqual([]);
});
