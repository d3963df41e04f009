import { createClock } from '../../../../local/org/clock.ts';
import { pushTopicRule } from '../../../../local/org/events/push-topics.ts';
import { defaultSettings, type OrgSettings } from '../../../../local/org/settings.ts';
import { type Change, Database } from '../../../../local/org/store/database.ts';
import type { ObjectDefinition } from '../../../../local/org/store/definitions.ts';
import { priceBookEntryRule } from '../../../../local/org/store/price-book-rules.ts';
import { createSchema } from '../../../../local/org/store/schema.ts';
import { Transaction } from '../../../../local/org/store/transaction.ts';
import type { RecordInput, WriteContext } from '../../../../local/org/store/write-context.ts';

export const startAt = Date.parse('2026-05-13T10:00:00.500Z');

/** An empty database on a clock that stands still, with a short way to write and to see what was committed. */
export function createTestDatabase(settings: Partial<OrgSettings> = {}) {
  const clock = createClock({ manual: true, startAt });
  const database: Database = new Database({
    schema: createSchema(),
    clock,
    rules: {
      PricebookEntry: priceBookEntryRule,
      PushTopic: pushTopicRule(() => database, { ...defaultSettings, ...settings }),
    },
  });
  const context: WriteContext = { userId: '005Hn0000000001AAA', appName: 'test', origin: 'test', unknownField: 'row' };
  let changes: readonly Change[] = [];
  database.onCommit((committed) => {
    changes = committed;
  });
  const object = (name: string): ObjectDefinition => {
    const found = database.schema.find(name);
    if (found === undefined) throw new Error(name);
    return found;
  };
  const begin = () => new Transaction(database, context);
  const commit = (work: (transaction: ReturnType<typeof begin>) => void): readonly Change[] => {
    changes = [];
    const transaction = begin();
    work(transaction);
    transaction.commit();
    return changes;
  };
  const insert = (name: string, record: RecordInput): string => {
    const transaction = begin();
    const outcome = transaction.insert(object(name), record);
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.errors));
    transaction.commit();
    return outcome.id;
  };
  return { clock, database, object, begin, commit, insert };
}
