import type * as z from 'zod/mini';
import type { Transform } from '../transform/step.ts';
import type { org, poller } from './bridge-schema.ts';
import type { rowTarget, sink } from './sink-schema.ts';
import type { capture, source } from './source-schema.ts';

// The parts of a bridge as everything behind the parser sees them: checked, with every default filled in.

export type Capture = z.output<typeof capture>;
export type CaptureInput = z.input<typeof capture>;
/** Where rows of a sink go; `fromRecord` takes the operation from the record's `_EventType`. */
export type RowTarget = z.output<typeof rowTarget>;
export type UpsertWrite = RowTarget & { readonly operation: 'upsert'; readonly externalId: string };
export type Org = z.output<typeof org> & { readonly name: string };
export type Source = Omit<z.output<typeof source>, 'org' | 'deadLetterTopic' | 'onReplayLost'> & {
  readonly name: string;
  readonly org: string;
  readonly deadLetterTopic: string;
  readonly onReplayLost: ReplayLossPolicy;
};
export type ReplayLossPolicy = NonNullable<z.output<typeof source>['onReplayLost']>;
type OptionalOfSink =
  | 'org'
  | 'topic'
  | 'topics'
  | 'write'
  | 'transform'
  | 'tombstones'
  | 'unknownFields'
  | 'deadLetterTopic'
  | 'consumerGroup';
export type Sink = Omit<z.output<typeof sink>, OptionalOfSink> & {
  readonly name: string;
  /** What it reads, patterns expanded; at least one. */
  readonly feeds: readonly Feed[];
  readonly org: string;
  /** At least one. */
  readonly targets: readonly RowTarget[];
  /** The first target. */
  readonly write: UpsertWrite;
  readonly transform: Transform;
  readonly tombstones: 'delete' | 'ignore' | 'reject';
  readonly unknownFields: 'reject' | 'drop' | 'fail';
  readonly deadLetterTopic: string;
  /** Under which its state is kept, whatever groups its feeds have. */
  readonly consumerGroup: string;
};

/** One topic of a sink, and the consumer group that reads it. */
export interface Feed {
  readonly topic: string;
  readonly consumerGroup: string;
}

export type PollerSettings = z.output<typeof poller>;

/** A checked definition with every default filled in. */
export interface Bridge {
  readonly name: string;
  readonly orgs: readonly Org[];
  readonly sources: readonly Source[];
  readonly sinks: readonly Sink[];
  readonly poller: PollerSettings;
}
