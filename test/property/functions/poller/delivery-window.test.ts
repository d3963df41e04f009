import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createDeliveryWindow, type DeliveryWindow } from '../../../../functions/poller/delivery-window.ts';
import type { ChannelPosition, ReplayId } from '../../../../shared/state/channel-store.ts';

// The bookkeeping of a channel against the simplest model of everything around it: Salesforce is a list, Kafka is
// partitions that acknowledge by themselves, the table is one position, and a task may end at any moment.

type Step =
  | { readonly do: 'receive'; readonly count: number }
  /** All of a batch reaches the log, with the answer or without it. */
  | { readonly do: 'publish'; readonly count: number; readonly answered: boolean }
  /** A cluster without transactions: only some partitions take their records, and nobody hears of it. */
  | { readonly do: 'publish-some'; readonly count: number; readonly partitions: readonly boolean[] }
  | { readonly do: 'commit' }
  /** Killed, or the lease is lost: another task goes on from the table. */
  | { readonly do: 'take-over' }
  /** The session ends; what was received stays. */
  | { readonly do: 'new-session' };

const PARTITIONS = 3;
const count = fc.integer({ min: 1, max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('receive' as const), count }),
  fc.record({ do: fc.constant('publish' as const), count, answered: fc.boolean() }),
  fc.record({
    do: fc.constant('publish-some' as const),
    count,
    partitions: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  }),
  fc.record({ do: fc.constant('commit' as const) }),
  fc.record({ do: fc.constant('take-over' as const) }),
  fc.record({ do: fc.constant('new-session' as const) }),
);

interface Unit {
  readonly replayId: ReplayId;
  /** The partition of each record: an event may concern several rows. */
  readonly rows: readonly number[];
  readonly bytes: number;
}

const units = fc.array(fc.array(fc.nat({ max: PARTITIONS - 1 }), { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 25,
});

/** Everything that outlives a task. */
class World {
  readonly log: string[][] = Array.from({ length: PARTITIONS }, () => []);
  readonly all: readonly Unit[];
  stored: ChannelPosition = { logPositions: { t: { 0: 0, 1: 0, 2: 0 } } };

  constructor(rows: readonly (readonly number[])[]) {
    this.all = rows.map((each, n) => ({ replayId: String(10 + 3 * n) as ReplayId, rows: each, bytes: 1 }));
  }

  after(replayId: ReplayId | undefined): readonly Unit[] {
    return this.all.slice(this.all.findIndex((unit) => unit.replayId === replayId) + 1);
  }

  /** What `findPublished` finds: the records behind the stored positions. */
  behind({ logPositions }: ChannelPosition): Set<string> {
    return new Set(this.log.flatMap((records, partition) => records.slice(logPositions?.['t']?.[partition] ?? 0)));
  }
}

/** One task's life: a window, what it looked up in the log, and where its subscription stands. */
function startTask(world: World) {
  const window: DeliveryWindow<Unit> = createDeliveryWindow(world.stored);
  return { window, published: world.behind(world.stored), unsent: world.after(window.lastReceived) };
}

const recordsOf = (unit: Unit) => unit.rows.map((partition, index) => ({ partition, id: `${unit.replayId}/${index}` }));

it('the position passes no unpublished event; a take-over repeats no published one and skips no other', () => {
  fc.assert(
    fc.property(units, fc.array(step, { maxLength: 60 }), (rows, steps) => {
      const world = new World(rows);
      let task = startTask(world);
      const publish = (howMany: number, takes: (partition: number) => boolean) => {
        const batch = task.window.next({ units: howMany, bytes: 100 });
        // Kafka answers for the partitions that were written to.
        const t: Record<number, number> = {};
        for (const { partition, id } of batch.flatMap(recordsOf)) {
          if (!task.published.has(id) && takes(partition)) t[partition] = world.log[partition]?.push(id) ?? 0;
        }
        return { sent: batch.length, positions: { t } };
      };
      const commit = () => {
        world.stored = task.window.position();
        const isThere = new Set(world.log.flat());
        const passed = world.all.slice(0, world.all.length - world.after(world.stored.replayId).length);
        for (const { id } of passed.flatMap(recordsOf)) expect(isThere).toContain(id);
      };
      const takeStep = (each: Step): void => {
        if (each.do === 'receive') {
          task.window.receive(task.unsent.slice(0, each.count));
          task.unsent = task.unsent.slice(each.count);
        } else if (each.do === 'publish') {
          const { sent, positions } = publish(each.count, () => true);
          if (each.answered) task.window.acknowledge(sent, { positions });
          // Nobody knows what became of it, so the log is asked.
          else task.published = world.behind(task.window.position());
        } else if (each.do === 'publish-some') {
          publish(each.count, (partition) => each.partitions[partition] === true);
          task.published = world.behind(task.window.position());
        } else if (each.do === 'commit') commit();
        else if (each.do === 'take-over') task = startTask(world);
        else task.unsent = world.after(task.window.lastReceived);
      };
      for (const each of steps) takeStep(each);

      // Whatever happened, a task that goes on from here brings it to its end.
      task = startTask(world);
      task.window.receive(task.unsent);
      const { sent, positions } = publish(1000, () => true);
      task.window.acknowledge(sent, { positions });
      commit();
      const published = world.log.flat();
      expect(published.toSorted()).toEqual(
        world.all
          .flatMap(recordsOf)
          .map(({ id }) => id)
          .toSorted(),
      );
      expect(task.window.position().replayId).toBe(world.all.at(-1)?.replayId);
    }),
    { numRuns: 1_000 },
  );
});
