import { BridgeError } from '../errors/bridge-error.ts';
import { describeCoordinates, type KafkaRecord } from '../kafka/kafka-record.ts';
import type { Step, StepOutcome } from './step.ts';

/** A record that keeps one step busy for longer is rejected, or it would take every batch it is in beyond its time. */
const slowestMs = 10_000;

/** A step that looks at one record at a time. What it throws rejects that record only, naming the step. */
export function perRecord<In, Out>(
  name: string,
  judge: (value: In, record: KafkaRecord) => StepOutcome<Out>,
): Step<In, Out> {
  return {
    name,
    async run(items, { now = Date.now }) {
      return items.map(({ value, record }) => {
        const startedAt = now();
        try {
          const outcome = judge(value, record);
          const took = now() - startedAt;
          return took > slowestMs ? { kind: 'rejected', error: tooSlow(name, record, took) } : outcome;
        } catch (error) {
          return { kind: 'rejected', error: rejection(name, record, error) };
        }
      });
    },
  };
}

export function rejection(step: string, record: KafkaRecord, error: unknown): BridgeError {
  if (error instanceof BridgeError) return error;
  // The text of a user's own error may quote the record, so only its kind is logged; the dead letter holds the record.
  const kind = error instanceof Error ? error.name : typeof error;
  return failure(step, record, `threw ${kind} for ${describeCoordinates(record)}`, error);
}

function tooSlow(step: string, record: KafkaRecord, took: number): BridgeError {
  return failure(step, record, `took ${took} ms for ${describeCoordinates(record)}, more than ${slowestMs}`);
}

/** @param what never says what is in the record. */
export function failure(step: string, record: KafkaRecord, what: string, cause?: unknown): BridgeError {
  return new BridgeError('SKB_TRANSFORM_FAILED', `Step ${step} ${what}`, {
    ...(cause === undefined ? {} : { cause }),
    context: { step, topic: record.topic, partition: record.partition, offset: record.offset },
  });
}
