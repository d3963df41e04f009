import type { LogPositions } from '../kafka/log-positions.ts';
import type { BulkJob } from '../salesforce/bulk-rows.ts';
import type { ChannelKey } from './channel-store.ts';

/** Why rows are read again. */
export type RereadReason = 'gap' | 'overflow' | 'replayLost' | 'drift' | 'snapshot' | 'requested';

/** Rows of one object that have to be read and published besides what the channel brings. Kept until that is done. */
export interface Reread {
  /** The same for the same cause, so that asking twice is asking once. */
  readonly id: string;
  readonly reason: RereadReason;
  readonly object: string;
  /** Such as `GAP_UPDATE`. */
  readonly changeType?: string;
  /** Rows by Id; absent when a time range or the whole object is meant. */
  readonly ids?: readonly string[];
  /** Rows changed since, ISO 8601; absent means all. */
  readonly from?: string;
  /** Rows changed before, ISO 8601; absent means no end. */
  readonly to?: string;
  /** Whether deleted rows are looked for as well. */
  readonly deletes: boolean;
  /** The only source that is to get them; absent means every source of the channel. */
  readonly source?: string;
  readonly requestedAt: string;
  /** What the channel missed, told in a gap record: when the rows are published, or at once when none are read. */
  readonly hole?: Hole;
  readonly progress?: RereadProgress;
}

/** Events that a channel will not bring: between the last certain position and where it goes on, or of one transaction. */
export interface Hole {
  /** The first commit that may be missing, ISO 8601. */
  readonly from: string;
  /** The last one; absent until the channel goes on. */
  readonly to?: string;
  /** Of a lost position. */
  readonly replayId?: string;
  readonly policy?: 'resync' | 'earliest' | 'latest' | 'halt';
}

/** How far a re-read came: everything up to `lastId` is in Kafka. Stored before its first row, and after each page. */
export interface RereadProgress {
  readonly phase: 'rows' | 'deletes';
  readonly lastId: string;
  readonly read: number;
  /** The query job that its rows come from, where there are too many to page through them. */
  readonly job?: BulkJob;
  /** True when there is to be no job. */
  readonly paged?: boolean;
  /** Where the partitions stood; rows of the page that is under way lie behind. */
  readonly logPositions: LogPositions;
}

/** What has still to be read again, per channel. Each call may throw BridgeError SKB_CHECKPOINT_FAILED. */
export interface RereadStore {
  /** Stores it unless it is known, done ones included. */
  add(channel: ChannelKey, reread: Reread): Promise<void>;
  /** Those not done, oldest first. */
  open(channel: ChannelKey): Promise<readonly Reread[]>;
  progress(channel: ChannelKey, id: string, progress: RereadProgress): Promise<void>;
  /** A done one is remembered, so that the same cause does not start it again. */
  done(channel: ChannelKey, id: string, at: Date): Promise<void>;
}
