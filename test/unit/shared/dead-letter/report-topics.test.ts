import { expect, it } from 'vitest';
import { createReportTopics } from '../../../../shared/dead-letter/report-topics.ts';
import { letterOf, topicOf } from './letters.ts';

it('tells in one topic what was written, in another what was rejected', async () => {
  const topic = topicOf();
  const reports = createReportTopics({ sink: 'prices', success: 'ok', error: 'bad', producer: topic.producer });
  const { record, reason } = letterOf(7);
  await reports.publish([
    { record, outcome: { kind: 'written', id: '001', created: true } },
    { record, outcome: { kind: 'written', id: '002', created: false } },
    { record, outcome: { kind: 'rejected', reason } },
  ]);
  expect(topic.stored.map(({ topic: name, key, value }) => [name, key, JSON.parse(String(value))])).toEqual([
    ['ok', record.key, { outcome: 'created', id: '001' }],
    ['ok', record.key, { outcome: 'updated', id: '002' }],
    ['bad', record.key, { outcome: 'rejected', ...reason }],
  ]);
  const names = topic.stored[0]?.headers.map(({ name, value }) => `${name}=${value}`);
  expect(names).toEqual(expect.arrayContaining(['bridge.topic=erp.prices', 'bridge.offset=7', 'bridge.sink=prices']));
});

it('reports only what it has a topic for', async () => {
  const topic = topicOf();
  const reports = createReportTopics({ sink: 'prices', error: 'bad', producer: topic.producer });
  await reports.publish([{ record: letterOf(1).record, outcome: { kind: 'written', id: '001', created: true } }]);
  expect(topic.stored).toEqual([]);
});

it('gives up on a cluster that does not answer', async () => {
  const silent = { publish: () => new Promise<void>(() => undefined), close: async () => undefined };
  const reports = createReportTopics({ sink: 'prices', error: 'bad', producer: async () => silent, patienceMs: 5 });
  const { record, reason } = letterOf(1);
  await expect(reports.publish([{ record, outcome: { kind: 'rejected', reason } }])).rejects.toMatchObject({
    code: 'SKB_KAFKA_UNAVAILABLE',
  });
});
