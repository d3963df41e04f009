import type { Database } from '../store/database.ts';
import type { Row } from '../store/definitions.ts';
import { rowError } from '../store/errors.ts';
import type { ObjectRule } from '../store/object-rules.ts';
import { Transaction } from '../store/transaction.ts';

/** Checks a StreamingChannel row as it is saved (Streaming API guide, "StreamingChannel"). */
export const streamingChannelRule: ObjectRule = {
  check({ after }) {
    const name = String(after['Name']);
    if (/^\/u\/[^*?]+$/.test(name)) return [];
    return [rowError('INVALID_FIELD', `The channel name must start with '/u/': ${name}`, ['Name'])];
  },
};

/** The channels of generic streaming: the live rows of StreamingChannel. */
export class GenericChannels {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The row of a channel; its name may differ in case from what was asked for. */
  find(name: string): Row | undefined {
    const object = this.#database.schema.find('StreamingChannel');
    const field = object?.fieldByName.get('name');
    if (object === undefined || field === undefined) return undefined;
    const [id] = this.#database.table(object).idsWith(field, name);
    return id === undefined ? undefined : this.#database.row(object, id);
  }

  get count(): number {
    const object = this.#database.schema.find('StreamingChannel');
    if (object === undefined) return 0;
    return [...this.#database.table(object).all()].filter((row) => row['IsDeleted'] !== true).length;
  }

  /** As the org does it by itself when somebody subscribes to a channel that is not there; false when its name is not allowed. */
  create(name: string, userId: string): boolean {
    const object = this.#database.schema.find('StreamingChannel');
    if (object === undefined) return false;
    const transaction = new Transaction(this.#database, { userId, appName: '', origin: '', unknownField: 'row' });
    const outcome = transaction.insert(object, { Name: name });
    transaction.commit();
    const row = outcome.ok ? this.#database.row(object, outcome.id) : undefined;
    if (row !== undefined) this.#database.table(object).put({ ...row, IsDynamic: true } satisfies Row);
    return outcome.ok;
  }
}
