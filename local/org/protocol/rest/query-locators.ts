import type { Clock } from '../../clock.ts';
import { type Random, randomText } from '../../random.ts';
import { ApiError } from '../../store/errors.ts';
import type { RowResult } from '../../store/soql/run-query.ts';

export interface KeptRows extends Pick<RowResult, 'object' | 'selection' | 'rows'> {
  /** The first page's; later pages have the same size unless the client asks for another. */
  readonly pageSize: number;
}

const lifetimeMs = 2 * 24 * 3_600_000;

/** Results of queries that did not fit one page, kept for two days. */
export class QueryLocators {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #results = new Map<string, { readonly kept: KeptRows; readonly expiresAt: number }>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  keep(kept: KeptRows): string {
    const now = this.#clock.now();
    for (const [id, entry] of this.#results) if (entry.expiresAt <= now) this.#results.delete(id);
    const id = `0r8${randomText(this.#random, 15, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789')}`;
    this.#results.set(id, { kept, expiresAt: now + lifetimeMs });
    return id;
  }

  /** The result and position behind `0r8…-2000`. */
  find(locator: string): { readonly id: string; readonly kept: KeptRows; readonly offset: number } {
    const match = /^(0r8\w{15})-(\d+)$/.exec(locator);
    const id = match?.[1] ?? '';
    const entry = this.#results.get(id);
    if (entry === undefined || entry.expiresAt <= this.#clock.now()) {
      throw new ApiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
    }
    return { id, kept: entry.kept, offset: Number(match?.[2]) };
  }
}
