/**
 * What comes back after a partial failure. AWS does not say whether only the reported records are delivered again or everything
 * from the lowest reported offset of the partition, nor whether that batch is filled up with what follows (`refilled`), as when
 * a consumer goes back to an offset. So a function has to be right under all of them.
 */
export type Redelivery = 'reported' | 'fromLowest' | 'refilled';

/** The offsets that an event held, by `<topic>-<partition>`. */
export type SentOffsets = ReadonlyMap<string, ReadonlySet<number>>;

export interface BatchOutcome {
  readonly result: 'succeeded' | 'partlyFailed' | 'failed';
  /** Why the whole batch counts as failed. */
  readonly reason?: string;
  /** Offsets to deliver again, by `<topic>-<partition>`; every other offset of the event is settled. */
  readonly redeliver: ReadonlyMap<string, ReadonlySet<number>>;
}

/**
 * Reads a function's answer as Lambda does with ReportBatchItemFailures:
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export function readBatchResponse(response: unknown, sent: SentOffsets, redelivery: Redelivery): BatchOutcome {
  if (response === null || response === undefined) return succeeded;
  if (typeof response !== 'object') return failedBatch(sent, `The function answered ${typeof response}, not an object`);
  const { batchItemFailures: failures } = response as { readonly batchItemFailures?: unknown };
  if (failures === null || failures === undefined) return succeeded;
  if (!Array.isArray(failures)) return failedBatch(sent, 'batchItemFailures is not a list');
  if (failures.length === 0) return succeeded;

  const reported = new Map<string, Set<number>>();
  for (const failure of failures) {
    const item = readItem(failure);
    if (!item || !sent.get(item.partition)?.has(item.offset)) {
      return failedBatch(sent, `Not in this batch: ${JSON.stringify(failure)}`);
    }
    const offsets = reported.get(item.partition) ?? new Set();
    reported.set(item.partition, offsets.add(item.offset));
  }
  return {
    result: 'partlyFailed',
    redeliver: redelivery === 'reported' ? reported : fromLowest(reported, sent),
  };
}

/** A batch whose invocation failed: nothing of it is settled. */
export function failedBatch(sent: SentOffsets, reason: string): BatchOutcome {
  return { result: 'failed', reason, redeliver: sent };
}

const succeeded: BatchOutcome = { result: 'succeeded', redeliver: new Map() };

function readItem(failure: unknown): { readonly partition: string; readonly offset: number } | undefined {
  const { itemIdentifier } = (failure ?? {}) as { readonly itemIdentifier?: unknown };
  const { partition, offset } = (itemIdentifier ?? {}) as { readonly partition?: unknown; readonly offset?: unknown };
  return typeof partition === 'string' && typeof offset === 'number' ? { partition, offset } : undefined;
}

function fromLowest(reported: ReadonlyMap<string, ReadonlySet<number>>, sent: SentOffsets): Map<string, Set<number>> {
  return new Map(
    [...reported].map(([partition, offsets]) => {
      const lowest = Math.min(...offsets);
      return [partition, new Set([...(sent.get(partition) ?? [])].filter((offset) => offset >= lowest))];
    }),
  );
}
