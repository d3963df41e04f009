import type { Database } from '../store/database.ts';
import type { ChannelDefinition, ChannelMember, ObjectDefinition, Row } from '../store/definitions.ts';
import { ApiError } from '../store/errors.ts';
import { compileFilter, type Filter } from '../store/soql/filter.ts';
import { parseSoql } from '../store/soql/parse.ts';
import { objectOfChangeEvent, platformEventNamed } from './entity-names.ts';

/** The filter expressions of custom channels (Change Data Capture guide, `cdc_filter_events.htm`). */
export class ChannelFilters {
  readonly #database: Database;
  readonly #compiled = new WeakMap<ChannelMember, { readonly object: ObjectDefinition; readonly filter: Filter }>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Whether an event about this row goes to the channel. */
  passes(member: ChannelMember | undefined, object: ObjectDefinition, row: Row): boolean {
    const { filterExpression } = member ?? {};
    if (member === undefined || filterExpression === undefined) return true;
    const known = this.#compiled.get(member);
    // A changed object has a new definition; what was compiled against the old one is void.
    const { filter } = known?.object === object ? known : this.#compile(member, object, filterExpression);
    return filter.matches(row);
  }

  /** What is wrong with the expressions of these channels, one text each. */
  problems(channels: readonly ChannelDefinition[]): readonly string[] {
    return channels.flatMap(({ name, members }) =>
      members.flatMap((member) => {
        const { entity, filterExpression } = member;
        const { schema } = this.#database;
        const object = platformEventNamed(entity, schema) ?? objectOfChangeEvent(entity, schema);
        if (filterExpression === undefined || object === undefined) return [];
        try {
          this.#compile(member, object, filterExpression);
          return [];
        } catch (error) {
          if (error instanceof ApiError) return [`channels.${name}: ${entity}: ${error.message.trim()}`];
          throw error;
        }
      }),
    );
  }

  #compile(member: ChannelMember, object: ObjectDefinition, expression: string) {
    const query = `SELECT CreatedDate FROM ${object.name} WHERE ${expression}`;
    const { where } = parseSoql(query);
    if (where === undefined) throw new ApiError(400, 'MALFORMED_QUERY', 'the filter expression is empty');
    const filter = compileFilter(where, { database: this.#database, object, query, subSelect: () => [] });
    const compiled = { object, filter };
    this.#compiled.set(member, compiled);
    return compiled;
  }
}
