import type { LogPositions } from '../../shared/kafka/log-positions.ts';
import { laterPositions } from '../../shared/kafka/log-positions.ts';
import type { ChannelPosition, ReplayId } from '../../shared/state/channel-store.ts';

// What one channel has received and not yet committed. Pure bookkeeping: no waiting, no I/O. The rule it keeps: the
// position never passes an event that is not acknowledged.

/** Something of a channel that is published as a whole: all its records or none count. */
export interface WindowUnit {
  /** Absent for what has no place in the channel, such as a row that was read again. */
  readonly replayId?: ReplayId | undefined;
  /** What it takes in memory, roughly. */
  readonly bytes: number;
}

export interface DeliveryWindow<Unit extends WindowUnit> {
  /** Takes what was received, in receipt order. */
  receive(units: readonly Unit[]): void;
  /**
   * Takes note that Salesforce has nothing more of this channel that was committed before a time. It counts when all that
   * was received until now is acknowledged.
   */
  cover(until: Date): void;
  /**
   * The next units to publish, oldest first, at least one; the same ones again until they are acknowledged.
   *
   * @param behind how many of the oldest are on their way to Kafka already. @default 0
   */
  next(limit: { readonly units: number; readonly bytes: number }, behind?: number): readonly Unit[];
  /** The oldest units are in Kafka: where its partitions stand behind them, and when the newest was committed. */
  acknowledge(count: number, behind?: { readonly positions: LogPositions; readonly committedUntil?: Date }): void;
  /** Starts over from another position. Only for a window in which nothing waits. */
  restart(from: ChannelPosition): void;
  /** The partitions stand here, and nothing of this channel that was received later is in them. */
  raisePositions(positions: LogPositions): void;
  /** What may be stored. */
  position(): ChannelPosition;
  /** Acknowledged units whose position was not stored yet. */
  readonly uncommitted: number;
  /** The position as it was given out was stored, with so many units. */
  committed(units: number): void;
  /** The last event received, from which a new session resumes: what is here need not be sent again. */
  readonly lastReceived: ReplayId | undefined;
  readonly waitingUnits: number;
  readonly waitingBytes: number;
}

export function createDeliveryWindow<Unit extends WindowUnit>(start: ChannelPosition): DeliveryWindow<Unit> {
  let waiting: Unit[] = [];
  let waitingBytes = 0;
  let position = start;
  let lastReceived = start.replayId;
  let uncommitted = 0;
  /** The units before it have to be acknowledged first. */
  let coverage: { readonly behind: number; readonly until: string } | undefined;

  function coverUntil(until: string): void {
    if ((position.coveredUntil ?? '') < until) position = { ...position, coveredUntil: until };
  }

  function settleCoverage(): void {
    if (coverage === undefined || coverage.behind > 0) return;
    coverUntil(coverage.until);
    coverage = undefined;
  }

  return {
    receive(units) {
      for (const unit of units) {
        waiting.push(unit);
        waitingBytes += unit.bytes;
        lastReceived = unit.replayId ?? lastReceived;
      }
    },
    cover(until) {
      // One that still waits for older events is kept: under steady traffic a newer one would never come to its turn.
      coverage ??= { behind: waiting.length, until: until.toISOString() };
      settleCoverage();
    },
    next({ units, bytes }, behind = 0) {
      let end = behind;
      let size = 0;
      for (; end < waiting.length && end - behind < units; end += 1) {
        size += waiting[end]?.bytes ?? 0;
        if (size > bytes && end > behind) break;
      }
      return waiting.slice(behind, end);
    },
    acknowledge(count, { positions, committedUntil } = { positions: {} }) {
      const units = waiting.slice(0, count);
      waiting = waiting.slice(count);
      let { replayId } = position;
      for (const unit of units) {
        waitingBytes -= unit.bytes;
        replayId = unit.replayId ?? replayId;
      }
      if (replayId !== undefined) position = { ...position, replayId };
      position = { ...position, logPositions: laterPositions(position.logPositions ?? {}, positions) };
      if (committedUntil !== undefined) coverUntil(committedUntil.toISOString());
      uncommitted += count;
      if (coverage !== undefined) coverage = { ...coverage, behind: Math.max(0, coverage.behind - count) };
      settleCoverage();
    },
    restart(from) {
      position = from;
      lastReceived = from.replayId;
      coverage = undefined;
    },
    raisePositions(positions) {
      position = { ...position, logPositions: laterPositions(position.logPositions ?? {}, positions) };
    },
    position: () => position,
    get uncommitted() {
      return uncommitted;
    },
    committed(units) {
      uncommitted -= units;
    },
    get lastReceived() {
      return lastReceived;
    },
    get waitingUnits() {
      return waiting.length;
    },
    get waitingBytes() {
      return waitingBytes;
    },
  };
}
