import type { KafkaRecord } from '../kafka/kafka-record.ts';
import { perRecord } from './per-record.ts';
import type { Step } from './step.ts';

/**
 * Shares one topic among several sinks by content: each sink's transform begins with its own `only(name)`, and every record
 * passes in exactly one of them.
 *
 * @param choose the name of the sink that takes a value.
 */
export function chooseSink<In, Name extends string>(
  choose: (value: In, record: KafkaRecord) => Name,
): { only(name: NoInfer<Name>): Step<In, In> } {
  return {
    only: (name) =>
      perRecord('chooseSink', (value, record) =>
        choose(value, record) === name ? { kind: 'passed', value } : { kind: 'filtered' },
      ),
  };
}
