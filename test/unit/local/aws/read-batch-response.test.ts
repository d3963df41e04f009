import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Redelivery, readBatchResponse } from '../../../../local/aws/read-batch-response.ts';

const sent = new Map([
  ['a-0', new Set([5, 6, 7, 9])],
  ['a-1', new Set([40])],
]);
const failures = (...items: [string, number][]) => ({
  batchItemFailures: items.map(([partition, offset]) => ({ itemIdentifier: { partition, offset } })),
});
const plain = (map: ReadonlyMap<string, ReadonlySet<number>>) => [...map].map(([key, offsets]) => [key, [...offsets]]);
const everything = [
  ['a-0', [5, 6, 7, 9]],
  ['a-1', [40]],
];

describe('the whole batch succeeded', () => {
  test.each([
    ['undefined', undefined],
    ['null', null],
    ['an empty object', {}],
    ['another object', { statusCode: 200 }],
    ['null failures', { batchItemFailures: null }],
    ['no failures', { batchItemFailures: [] }],
  ])('%s', (_, response) => {
    expect(readBatchResponse(response, sent, 'reported')).toEqual({ result: 'succeeded', redeliver: new Map() });
  });
});

describe('the whole batch failed', () => {
  test.each([
    ['a string', 'ok'],
    ['a number', 3],
    ['failures that are no list', { batchItemFailures: {} }],
    ['null in the list', { batchItemFailures: [null] }],
    ['no identifier', { batchItemFailures: [{}] }],
    ['a null identifier', { batchItemFailures: [{ itemIdentifier: null }] }],
    ['an identifier as SQS has it', { batchItemFailures: [{ itemIdentifier: '5' }] }],
    ['an offset as text', { batchItemFailures: [{ itemIdentifier: { partition: 'a-0', offset: '5' } }] }],
    ['the partition number only', { batchItemFailures: [{ itemIdentifier: { partition: 0, offset: 5 } }] }],
    ['an unknown partition', failures(['a-2', 5])],
    ['an unknown offset', failures(['a-0', 8])],
    ['a good and an unknown one', failures(['a-0', 9], ['a-0', 8])],
  ])('%s', (_, response) => {
    for (const redelivery of ['reported', 'fromLowest'] as const) {
      const outcome = readBatchResponse(response, sent, redelivery);
      expect(outcome.result).toBe('failed');
      expect(outcome.reason).toBeTypeOf('string');
      expect(plain(outcome.redeliver)).toEqual(everything);
    }
  });
});

describe('some records failed', () => {
  test.each<[string, Redelivery, object, unknown]>([
    ['only the reported ones', 'reported', failures(['a-0', 6]), [['a-0', [6]]]],
    ['everything from the lowest', 'fromLowest', failures(['a-0', 6]), [['a-0', [6, 7, 9]]]],
    ['the lowest of several', 'fromLowest', failures(['a-0', 9], ['a-0', 7]), [['a-0', [7, 9]]]],
    ['a repeated report', 'reported', failures(['a-0', 6], ['a-0', 6]), [['a-0', [6]]]],
    [
      'each partition for itself',
      'fromLowest',
      failures(['a-1', 40], ['a-0', 9]),
      [
        ['a-1', [40]],
        ['a-0', [9]],
      ],
    ],
  ])('%s', (_, redelivery, response, expected) => {
    const outcome = readBatchResponse(response, sent, redelivery);
    expect(outcome.result).toBe('partlyFailed');
    expect(plain(outcome.redeliver)).toEqual(expected);
  });

  test('under both readings every reported record comes again, and "fromLowest" never gives less', () => {
    const reports = fc.subarray([5, 6, 7, 9], { minLength: 1 });
    fc.assert(
      fc.property(reports, (offsets) => {
        const response = failures(...offsets.map((offset): [string, number] => ['a-0', offset]));
        const reported = readBatchResponse(response, sent, 'reported').redeliver.get('a-0') ?? new Set();
        const fromLowest = readBatchResponse(response, sent, 'fromLowest').redeliver.get('a-0') ?? new Set();
        expect([...reported]).toEqual(offsets);
        expect([...fromLowest]).toEqual([5, 6, 7, 9].filter((offset) => offset >= Math.min(...offsets)));
      }),
    );
  });
});
