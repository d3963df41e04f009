import type { LogPositions } from '../../shared/kafka/log-positions.ts';

/** What the content uses of the channel while this task owns it. */
export interface ContentHold {
  /** Says that `publishNext` has something to do. */
  readonly ring: () => void;
  /** What is published from now on lies behind it. */
  readonly logPositions: () => LogPositions;
  /** True while events were received that are not delivered yet. */
  readonly waiting: () => boolean;
  /** The progress of a re-read is stored. */
  readonly noted: (rereadId: string) => void;
}
