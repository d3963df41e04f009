import type { Clock } from '../../clock.ts';
import { type Random, randomText } from '../../random.ts';
import { ApiError } from '../../store/errors.ts';
import type { QueryResult } from '../../store/soql/run-query.ts';

const lifetimeMs = 2 * 24 * 3_600_000;

/** Results of queries that did not fit one page, kept for two days. */
export class QueryLocators {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #results = new Map<string, { readonly result: QueryResult; readonly expiresAt: number }>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  keep(result: QueryResult): string {
    const now = this.#clock.now();
    for (const [id, entry] of this.#results) if (entry.expiresAt <= now) this.#results.delete(id);
    const id = `0r8${randomText(this.#random, 15, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789')}`;
    this.#results.set(id, { result, expiresAt: now + lifetimeMs });
    return id;
  }

  /** The result and position behind `0r8…-2000`. */
  find(locator: string): { readonly id: string; readonly result: QueryResult; readonly offset: number } {
    const match = /^(0r8\w{15})-(\d+)$/.exec(locator);
    const id = match?.[1] ?? '';
    const entry = this.#results.get(id);
    if (entry === undefined || entry.expiresAt <= this.#clock.now()) {
      throw new ApiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
    }
    return { id, result: entry.result, offset: Number(match?.[2]) };
  }
}
