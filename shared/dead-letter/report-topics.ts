import { BridgeError } from '../errors/bridge-error.ts';
import { inTime } from '../errors/in-time.ts';
import { toHeaders } from '../kafka/headers.ts';
import type { OutgoingRecord, RecordProducer } from '../kafka/record-producer.ts';
import { letterFacts } from './dead-letter.ts';
import type { RecordReport, ReportTopics } from './dead-letter-store.ts';

interface ReportTopicsParts {
  readonly sink: string;
  /** @default what was written is not reported */
  readonly success?: string | undefined;
  /** @default what was rejected is not reported */
  readonly error?: string | undefined;
  readonly producer: () => Promise<RecordProducer>;
  /** How long records wait for their reports to be taken. @default 10000 */
  readonly patienceMs?: number;
}

/**
 * Reports as the Confluent sink's reporter makes them: one record per record, with its key, a JSON value that says how it
 * ended, and its coordinates in headers. They are for people and dashboards; dead letters are what holds the bytes.
 */
export function createReportTopics({
  sink,
  success,
  error,
  producer,
  patienceMs = 10_000,
}: ReportTopicsParts): ReportTopics {
  const publish = async (records: readonly OutgoingRecord[]) => (await producer()).publish(records);
  return {
    async publish(reports) {
      const records = reports.flatMap((report): OutgoingRecord[] => {
        const topic = report.outcome.kind === 'written' ? success : error;
        return topic === undefined ? [] : [toReport(report, sink, topic)];
      });
      // A cluster that stands still must not use up the time in which settled records are remembered.
      const late = () => new BridgeError('SKB_KAFKA_UNAVAILABLE', `Kafka did not take reports within ${patienceMs} ms`);
      if (records.length > 0) await inTime(publish(records), patienceMs, late);
    },
  };
}

function toReport({ record, outcome }: RecordReport, sink: string, topic: string): OutgoingRecord {
  const {
    'bridge.error.code': _code,
    'bridge.error.message': _message,
    ...place
  } = letterFacts(record, sink, noReason);
  const value =
    outcome.kind === 'written'
      ? { outcome: outcome.created ? 'created' : 'updated', id: outcome.id }
      : { outcome: 'rejected', ...outcome.reason };
  return { topic, key: record.key, value: JSON.stringify(value), headers: toHeaders(place) };
}

const noReason = { code: '', message: '' };
