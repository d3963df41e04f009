import type { MemoryEntry, MemoryKey, StepMemory } from './step-memory.ts';

/** Entries by step and key. */
export type PlainMemory = Readonly<Record<string, Readonly<Record<string, MemoryEntry>>>>;

/** A step memory in a value, for tests and dry runs. */
export function createMemoryStepMemory(start: PlainMemory = {}): StepMemory & { plain(): PlainMemory } {
  const entries = new Map<string, MemoryKey & MemoryEntry>();
  const id = ({ step, key }: MemoryKey) => JSON.stringify([step, key]);
  for (const [step, keys] of Object.entries(start)) {
    for (const [key, entry] of Object.entries(keys)) entries.set(id({ step, key }), { ...entry, step, key });
  }
  return {
    async load(step, keys) {
      const found = keys.flatMap((key) => {
        const entry = entries.get(id({ step, key }));
        return entry === undefined ? [] : [[key, entry] as const];
      });
      return new Map(found);
    },
    async store(added) {
      for (const entry of added) entries.set(id(entry), entry);
    },
    plain() {
      const plain: Record<string, Record<string, MemoryEntry>> = {};
      for (const { step, key, ...entry } of entries.values()) plain[step] = { ...plain[step], [key]: entry };
      return plain;
    },
  };
}
