export interface JournalEntry {
  /** ISO time on the org's clock. */
  readonly at: string;
  readonly method: string;
  readonly path: string;
  /** HTTP status, or 0 when the connection was reset. */
  readonly status: number;
  readonly app: string | undefined;
  readonly durationMs: number;
}

/** The last requests, oldest first. */
export class Journal {
  readonly #capacity: number;
  #entries: JournalEntry[] = [];

  constructor(capacity = 2000) {
    this.#capacity = capacity;
  }

  add(entry: JournalEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length >= 2 * this.#capacity) this.#entries = this.#entries.slice(-this.#capacity);
  }

  last(count: number): readonly JournalEntry[] {
    return this.#entries.slice(-Math.min(count, this.#capacity));
  }

  clear(): void {
    this.#entries = [];
  }
}
