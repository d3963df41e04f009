import type { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import { lateReason } from '../../shared/transform/aggregate.ts';
import type { MeasureBatch } from './measure-batch.ts';
import type { RoundEvents } from './round-events.ts';
import type { Disposition } from './settle-records.ts';
import { countDispositions } from './store-outcome.ts';

interface BatchReport {
  readonly received: readonly KafkaRecord[];
  readonly dispositions: ReadonlyMap<KafkaRecord, Disposition>;
  readonly isOpen: (record: KafkaRecord) => boolean;
  readonly events: RoundEvents;
}

/** Says what became of a batch, in one line and one measurement. */
export function reportBatch(
  { logger, measureBatch }: { readonly logger: Logger; readonly measureBatch?: MeasureBatch },
  { received, dispositions, isOpen, events }: BatchReport,
): void {
  const open = received.filter(isOpen);
  const settled = received.filter((record) => !isOpen(record));
  const counts = countDispositions(settled, dispositions);
  const filtered = settled.flatMap((record) => {
    const disposition = dispositions.get(record);
    return disposition?.kind === 'filtered' ? [disposition] : [];
  });
  const filteredBy = countBy(filtered.map(({ step }) => step));
  const late = filtered.filter(({ reason }) => reason === lateReason).length;
  const handedBack = open.length;
  logger.info('batch settled', { received: received.length, handedBack, ...counts, filteredBy, ...events });
  measureBatch?.({ received, handedBack, counts, filteredBy, late, events });
  const error = firstError(open, dispositions);
  if (error !== undefined) logger.error(`${open.length} records handed back`, errorFields(error));
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));
}

function firstError(
  open: readonly KafkaRecord[],
  dispositions: ReadonlyMap<KafkaRecord, Disposition>,
): BridgeError | undefined {
  for (const record of open) {
    const disposition = dispositions.get(record);
    if (disposition?.kind === 'handedBack') return disposition.error;
  }
  return undefined;
}
