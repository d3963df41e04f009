import type { AggregateItem, AggregateStore } from './aggregate-store.ts';

/** Items by step and key. */
export type PlainAggregates = Readonly<Record<string, Readonly<Record<string, AggregateItem>>>>;

/** Aggregates in a value, for tests and dry runs. */
export function createMemoryAggregateStore(start: PlainAggregates = {}): AggregateStore & { plain(): PlainAggregates } {
  const items = new Map<string, AggregateItem>();
  const id = (step: string, key: string) => JSON.stringify([step, key]);
  for (const [step, keys] of Object.entries(start)) {
    for (const [key, item] of Object.entries(keys)) items.set(id(step, key), item);
  }
  const all = () =>
    [...items].map(([text, item]) => ({ item, where: JSON.parse(text) as [step: string, key: string] }));
  return {
    async load(step, keys) {
      return new Map(
        keys.flatMap((key) => {
          const item = items.get(id(step, key));
          return item === undefined ? [] : [[key, item] as const];
        }),
      );
    },
    async put({ step, key }, item, before) {
      if (items.get(id(step, key))?.version !== before?.version) return false;
      items.set(id(step, key), item);
      return true;
    },
    async due(step, now, limit) {
      return all()
        .filter(({ item, where }) => where[0] === step && (item.dueAt ?? Number.POSITIVE_INFINITY) <= now)
        .sort((a, b) => (a.item.dueAt ?? 0) - (b.item.dueAt ?? 0))
        .slice(0, limit)
        .map(({ where }) => where[1]);
    },
    plain() {
      const plain: Record<string, Record<string, AggregateItem>> = {};
      for (const { item, where } of all()) plain[where[0]] = { ...plain[where[0]], [where[1]]: item };
      return plain;
    },
  };
}
