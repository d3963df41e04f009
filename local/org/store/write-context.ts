import type { ObjectDefinition } from './definitions.ts';
import type { RowError } from './errors.ts';

/** Who writes, and how what is unsure is decided for this call. */
export interface WriteContext {
  readonly userId: string;
  /** Name of the connected app; empty for changes made in the user interface. */
  readonly appName: string;
  /** `changeOrigin` of the change events. */
  readonly origin: string;
  readonly unknownField: 'request' | 'row';
  /** Duplicates that a rule of kind `alert` finds are saved. */
  readonly allowDuplicates?: boolean;
  /** Called before a row is touched; an error refuses it. Used for injected row locks. */
  readonly intercept?: (object: ObjectDefinition, id: string | undefined) => RowError | undefined;
}

export type RecordInput = Readonly<Record<string, unknown>>;

export type RowOutcome =
  | {
      readonly ok: true;
      readonly id: string;
      readonly created: boolean;
      /** EventUuid of a platform event that waits to be published. */
      readonly enqueued?: string;
    }
  | { readonly ok: false; readonly errors: readonly RowError[]; readonly id?: string; readonly created?: boolean };
