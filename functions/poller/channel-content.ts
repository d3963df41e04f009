import { capturesRows } from '../../shared/bridge/captured-objects.ts';
import type { LogPositions } from '../../shared/kafka/log-positions.ts';
import type { OutgoingRecord } from '../../shared/kafka/record-producer.ts';
import type { BayeuxEvent } from '../../shared/salesforce/bayeux-client.ts';
import { createBulkRowReader } from '../../shared/salesforce/bulk-rows.ts';
import { createConnectSchemas } from '../../shared/salesforce/connect-schemas.ts';
import { createEventOfSchema } from '../../shared/salesforce/event-schemas.ts';
import { createRowReader } from '../../shared/salesforce/read-rows.ts';
import type { OrgClient } from '../../shared/salesforce/rest-client.ts';
import type { ChangedRow } from '../../shared/salesforce/row-record.ts';
import type { RowSelection } from '../../shared/salesforce/row-selection.ts';
import type { ChannelKey } from '../../shared/state/channel-store.ts';
import type { LatelyWritten } from '../../shared/state/lately-written.ts';
import type { ObjectStore } from '../../shared/state/object-store.ts';
import type { Hole, Reread, RereadStore } from '../../shared/state/reread-store.ts';
import type { Logger } from '../../shared/telemetry/logger.ts';
import type { Clock } from './clock.ts';
import type { ContentHold } from './content-hold.ts';
import type { Counters } from './counters.ts';
import { createEchoGuard } from './echo-guard.ts';
import type { Blindness } from './provide-push-topics.ts';
import type { LostPosition } from './replay-start.ts';
import { toGapRecord } from './reread/gap-record.ts';
import { createLiveRows } from './reread/live-rows.ts';
import { createPublishingTurns } from './reread/publishing-turns.ts';
import { createCauseMemory } from './reread/remember-causes.ts';
import { createRereadWorker } from './reread/reread-worker.ts';
import { createResolver } from './reread/resolver.ts';
import { createSelections } from './reread/selections.ts';
import type { EventOrigin, RoutedSource } from './routed-source.ts';
import { type Delivery, type Draft, rowsOfEach, toDeliveries, toDrafts, toRowRecords } from './to-delivery.ts';
import { watchFields } from './watch-fields.ts';

/** What the events of one channel become, and what has to be read from the org besides. */
export interface ChannelContent {
  /**
   * In the order of the events; whoever publishes them sees deliveries only, each one unit with its replay ID. They have
   * to be published in the order of the calls, and before the next call of `publishNext`, so that a row that was read
   * finds its place.
   */
  toDeliveries(
    events: readonly { readonly event: BayeuxEvent; readonly subscription: EventOrigin }[],
    orgId: string,
  ): Promise<Delivery[]>;
  /** True when `publishNext` has something to do. */
  readonly waitsForTurn: boolean;
  /** Publishes what was read from the org and has its turn now. Call it between events. */
  publishNext(publish: (records: readonly OutgoingRecord[]) => Promise<void>): Promise<void>;
  /** Makes what the channel needs in Salesforce, such as a PushTopic; may be called again. */
  provide(): Promise<void>;
  /** The channel is subscribed from now on, in this org … */
  subscribed(orgId: string): void;
  /** … until now. */
  unsubscribed(): void;
  /** Remembers what is missing, before the channel is subscribed from somewhere else. */
  lost(loss: LostPosition): Promise<void>;
  /** Where the partitions stood before pages of rows that were published, perhaps, and not noted as done. */
  unfinishedPages(): Promise<readonly LogPositions[]>;
  /** Reads what has to be read until the signal is aborted. */
  run(hold: ContentHold, signal: AbortSignal): Promise<void>;
}

export interface ChannelContentParts {
  readonly key: ChannelKey;
  readonly sources: readonly RoutedSource[];
  readonly rest: Pick<OrgClient, 'request' | 'open' | 'describe' | 'describes' | 'query'>;
  readonly rereads: RereadStore;
  readonly objects: ObjectStore;
  /** What sinks wrote lately; needed where a source has a loop guard. */
  readonly written: Pick<LatelyWritten, 'find'>;
  /** Names of our own clients. */
  readonly ourClients: ReadonlySet<string>;
  /** How often the fields of objects are looked at. */
  readonly describeMs: number;
  /** From so many rows on a re-read is a job of the Bulk API. */
  readonly bulkFromRows: number;
  /** Brings what depends on the fields of an object in step with them. */
  readonly provide: (blindness: Blindness, again?: 'again') => Promise<void>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly counters: Counters;
  readonly logger: Logger;
  /** How long a change may take from its commit to here. @default 5000 */
  readonly settleMs?: number;
}

export function createChannelContent(parts: ChannelContentParts): ChannelContent {
  const { key, sources, rest, rereads, clock, counters, logger, settleMs = 5000 } = parts;
  const eventOfSchema = createEventOfSchema(rest);
  const reader = createRowReader(rest);
  const schemas = createConnectSchemas(rest.describes);
  const selections = createSelections(sources, rest);
  const resolver = createResolver({ reader, selectionOf, rest, clock, logger });
  const live = createLiveRows(settleMs);
  const withoutEchoes = createEchoGuard({ ...parts, org: key.org });
  const isGuarded = sources.some(({ source }) => source.loopGuard);
  let subscribedSince: number | undefined;
  /** Before a PushTopic was found to tell of nothing. */
  let wasSubscribed = false;
  let seeingSince: Date | undefined;
  const blindness: Blindness = {
    async found(source) {
      wasSubscribed = subscribedSince !== undefined;
      subscribedSince = undefined;
      await causes.blindness(source, live.committedUntil);
    },
    ended() {
      seeingSince = clock.date();
      if (wasSubscribed) subscribedSince = clock.now();
      worker.wake();
    },
  };
  let subscribedOrg = '';
  let stopped: AbortSignal = new AbortController().signal;
  let hold: ContentHold = {
    ring: () => undefined,
    logPositions: () => ({}),
    waiting: () => false,
    noted: () => undefined,
  };
  const turns = createPublishingTurns();

  /** What is read is published later, and then without asking for anything. */
  async function selectionOf(object: string): Promise<RowSelection> {
    if (sources.some(({ source }) => source.format === 'connect')) await schemas.learn(object);
    return await selections(object);
  }

  function readersOf(object: string, name: string | undefined): RoutedSource[] {
    return sources.filter(({ source }) => {
      return source.format !== 'raw' && (name === undefined || source.name === name) && resolver.isOf(source, object);
    });
  }

  async function publishRows(takeRows: () => readonly ChangedRow[], name: string | undefined): Promise<number> {
    let count = 0;
    await turns.wait(() => {
      const rows = takeRows();
      count = rows.length;
      return rows.flatMap((row) =>
        readersOf(row.object, name).flatMap(({ source }) => toRowRecords(row, source, schemas.of(row.object))),
      );
    });
    return count;
  }

  async function publishGap({ id, object, reason, source: name }: Reread, hole: Hole, rowsReread: number) {
    const at = clock.date();
    // "New events only" goes on when the subscription stands; a halted channel does not go on.
    const resumed = reason === 'drift' ? (seeingSince ?? at) : at;
    const to = hole.policy === 'latest' || reason === 'drift' ? resumed.toISOString() : hole.to;
    const gap = {
      orgId: subscribedOrg,
      channel: key.channel,
      object,
      reason: reason === 'replayLost' || reason === 'drift' ? reason : ('overflow' as const),
      policy: hole.policy,
      from: hole.from,
      to: to ?? null,
      replayId: hole.replayId,
      rowsReread,
      rereadId: id,
      at: at.getTime(),
    };
    const records = sources
      .filter(({ source }) => name === undefined || source.name === name)
      .map(({ source }) => toGapRecord(gap, source));
    await turns.wait(() => records);
    logger.warn('gap reported', {
      ...key,
      object,
      reason,
      policy: gap.policy,
      from: gap.from,
      to: gap.to ?? 'open',
      rowsReread,
    });
  }

  const worker = createRereadWorker({
    key,
    orgId: () => subscribedOrg,
    store: rereads,
    reader,
    bulk: createBulkRowReader(rest),
    bulkFromRows: parts.bulkFromRows,
    live,
    streamState: () => ({
      now: clock.now(),
      subscribedSince,
      waiting: hold.waiting(),
      date: clock.date().getTime(),
    }),
    selectionOf,
    logPositions: () => hold.logPositions(),
    noted: (id) => hold.noted(id),
    publish: publishRows,
    publishGap,
    clock,
    random: parts.random,
    counters,
    logger,
  });

  const causes = createCauseMemory({ ...parts, objectsOf: resolver.objectsOf, wake: worker.wake });

  return {
    async toDeliveries(events, orgId) {
      const context = { orgId, now: clock.date().getTime(), eventOfSchema };
      const drafts = await toDrafts(events, context);
      await causes.gapsOf(drafts);
      const guarded = isGuarded ? await Promise.all(drafts.map((draft) => withoutEchoes(draft, stopped))) : drafts;
      const resolved = (await resolver.resolve(guarded)).map(withoutContained);
      for (const rows of rowsOfEach(resolved)) live.note(rows, clock.now());
      await learnSchemas(resolved);
      return await toDeliveries(resolved, schemas.of);
    },
    get waitsForTurn() {
      return turns.waits;
    },
    publishNext: (publish) => turns.publishAll(publish),
    provide: () => parts.provide(blindness),
    subscribed(orgId) {
      subscribedOrg = orgId;
      subscribedSince ??= clock.now();
      worker.wake();
    },
    unsubscribed() {
      subscribedSince = undefined;
    },
    lost: causes.loss,
    async unfinishedPages() {
      return (await rereads.open(key)).flatMap(({ progress }) =>
        progress === undefined ? [] : [progress.logPositions],
      );
    },
    async run(newHold, signal) {
      hold = newHold;
      stopped = signal;
      turns.restart(hold.ring, signal);
      try {
        await causes.snapshots(signal);
        await Promise.all([worker.run(signal), watch(signal)]);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };

  async function learnSchemas(drafts: readonly Draft[]): Promise<void> {
    for (const { source, rows } of drafts.flatMap(({ shares }) => shares)) {
      if (source.format !== 'connect') continue;
      for (const { object, fields } of rows) await schemas.learn(object, fields);
    }
  }

  /** Events stand for rows of an object, whose fields an administrator may change any time. */
  async function watch(signal: AbortSignal): Promise<void> {
    const named = sources.flatMap(({ source }) => (capturesRows(source.capture) ? resolver.objectsOf(source) : []));
    await watchFields(
      {
        org: key.org,
        objects: [...new Set(named)],
        describes: rest.describes,
        store: parts.objects,
        keepInStep: () => parts.provide(blindness, 'again'),
        everyMs: parts.describeMs,
        clock,
        counters,
        logger,
      },
      signal,
    );
  }

  function withoutContained(draft: Draft): Draft {
    if (!draft.shares.some(({ rows }) => rows.some(live.isContained))) return draft;
    const shares = draft.shares.map(({ source, rows }) => ({
      source,
      rows: rows.filter((row) => !live.isContained(row)),
    }));
    return { ...draft, shares, skipped: [...draft.skipped, 'contained'] };
  }
}
