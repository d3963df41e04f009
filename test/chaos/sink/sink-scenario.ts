import type { EventSourceMappingConfigInput } from '../../../local/aws/event-source-mapping-config.ts';
import type { Fault } from '../../../local/org/faults/fault-schema.ts';
import type { SeedInput } from '../../../local/org/seed.ts';
import type { Step } from '../run-steps.ts';
import type { RecordLoad } from './marked-records.ts';

/** One way to trouble the sink side, and what must hold nevertheless. */
export interface SinkScenario {
  readonly name: string;
  /** What the bridge promises here, in a sentence. */
  readonly promise: string;
  /** True when it troubles what the other scenarios stand on too, and so must run by itself. @default false */
  readonly alone?: boolean;
  readonly load: RecordLoad;
  readonly orgSettings?: SeedInput['settings'];
  /** How records come to the sink, where it is not the usual. */
  readonly mapping?: Pick<
    EventSourceMappingConfigInput,
    'redelivery' | 'pollers' | 'batchSize' | 'batchingWindowMs' | 'retryBackoff' | 'maxPayloadBytes'
  >;
  /** Settings of the sink besides topic, write and function. */
  readonly sink?: Readonly<Record<string, unknown>>;
  /** What the function may take for one batch, as in Lambda. @default 60 */
  readonly functionTimeoutSeconds?: number;
  /** True when each batch is delivered again after it was settled, because its answer got lost. @default false */
  readonly answersGetLost?: boolean;
  /** In force before the first record comes. */
  readonly faultsFromStart?: readonly Fault[];
  /** Run one after the other while records come. */
  readonly steps?: readonly Step<SinkAction>[];
  /** Rows that the org may be asked to write, counting repeats; unlimited when absent. */
  readonly mostRowsWritten?: number;
  /** Calls that the sink may make, all kinds counted; unlimited when absent. */
  readonly mostCalls?: number;
  /** Records that must come again at least, since otherwise the trouble did not happen. @default 0 */
  readonly leastRedelivered?: number;
  /** @default 180 */
  readonly limitSeconds?: number;
}

export type SinkAction =
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'faults-for'; readonly faults: readonly Fault[]; readonly ms: number }
  | { readonly kind: 'wait'; readonly ms: number }
  /** SIGKILL to the function while it works on a batch. */
  | { readonly kind: 'kill-function' }
  /** Lets the function kill itself at a named place of programs/sink-handler.ts. */
  | { readonly kind: 'kill-at'; readonly place: string }
  | { readonly kind: 'advance-org-clock'; readonly ms: number };
