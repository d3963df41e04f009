import type { RowOperation } from '../bridge/row-operation.ts';
import type { BridgeError } from '../errors/bridge-error.ts';
import type { KafkaRecord } from '../kafka/kafka-record.ts';
import type { AggregateStore } from './aggregate-store.ts';
import type { Lookups } from './lookups.ts';
import type { RoutedRow } from './routed-row.ts';
import type { RowFields, RowInput } from './row-fields.ts';
import type { MemoryKey, StepMemory } from './step-memory.ts';

/** One record on its way through a transform, with the value the previous step left. */
export interface StepItem<In> {
  readonly record: KafkaRecord;
  readonly value: In;
}

/** What a step says of one record. */
export type StepOutcome<Out> =
  | { readonly kind: 'passed'; readonly value: Out; readonly remember?: Remembered }
  /** Several values in place of one; each goes its own way, and the record is settled when all of them are. */
  | { readonly kind: 'split'; readonly values: readonly Out[] }
  | { readonly kind: 'filtered'; readonly memoryKey?: string; readonly reason?: string }
  /** The record is contained in state that is durable already. */
  | { readonly kind: 'absorbed' }
  | { readonly kind: 'rejected'; readonly error: BridgeError };

/** A value to store once the row of its record was written. */
export interface Remembered extends MemoryKey {
  readonly value: string;
}

/** What steps use of the world. A step that needs what is not there fails as a bug. */
export interface StepServices {
  readonly memory: StepMemory;
  readonly lookups?: Lookups;
  readonly aggregates?: AggregateStore;
  readonly invocation?: Invocation;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/** One run of the program over a batch or a tick. */
export interface Invocation {
  readonly id: string;
  /** When it is over at the latest, in milliseconds since 1970. */
  readonly endsAt: number;
  /** Aggregates that owe rows, each as `[step, key]` in JSON; they are written before the invocation ends. */
  readonly owed: Set<string>;
}

/** What a step asks of where it runs, so that a deployment can grant it. */
export interface StepNeeds {
  /** DynamoDB tables it reads. */
  readonly tables?: readonly string[];
}

/**
 * One stage of a transform. A step sees a whole batch in offset order, so that it can load what it needs at once, and
 * answers each item in the same place. The outcome must not depend on how records were cut into batches.
 */
export interface Step<In, Out> {
  readonly name: string;
  /** True when it stores values under its name, which must then be its own within the transform. */
  readonly remembers?: boolean;
  readonly needs?: StepNeeds;
  run(items: readonly StepItem<In>[], services: StepServices): Promise<readonly StepOutcome<Out>[]>;
}

/** What the last step of a transform may leave. */
export type RowOutput = RowInput | RoutedRow;

/** One row that a transform asks for; object and operation are the sink's own unless it says otherwise. */
export interface RowIntent {
  readonly object?: string;
  readonly operation?: RowOperation;
  readonly fields: RowFields;
  /** Stored once this row was written. */
  readonly remember: readonly Remembered[];
}

// biome-ignore lint/suspicious/noExplicitAny: the types between steps are checked by pipe's signature, where a transform is written.
type AnyStep = Step<any, any>;

/** Steps from a record's bytes to a row's fields. */
export interface Transform {
  readonly steps: readonly AnyStep[];
}
