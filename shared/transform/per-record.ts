import { BridgeError } from '../errors/bridge-error.ts';
import { describeCoordinates, type KafkaRecord } from '../kafka/kafka-record.ts';
import type { Step, StepOutcome } from './step.ts';

/** A step that looks at one record at a time. What it throws rejects that record only, naming the step. */
export function perRecord<In, Out>(
  name: string,
  judge: (value: In, record: KafkaRecord) => StepOutcome<Out>,
): Step<In, Out> {
  return {
    name,
    async run(items) {
      return items.map(({ value, record }) => {
        try {
          return judge(value, record);
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
  return new BridgeError('SKB_TRANSFORM_FAILED', `Step ${step} threw ${kind} for ${describeCoordinates(record)}`, {
    cause: error,
    context: { step, topic: record.topic, partition: record.partition, offset: record.offset },
  });
}
