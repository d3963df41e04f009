import type { Clock } from './clock.ts';

const slots = 24;

/** How much was counted in the last day or hour, in steps of a twenty-fourth of it. */
export class RollingCount {
  readonly #clock: Clock;
  readonly #slotMs: number;
  readonly #bySlot = new Map<number, number>();

  constructor(clock: Clock, windowMs: number) {
    this.#clock = clock;
    this.#slotMs = windowMs / slots;
  }

  add(count = 1): void {
    const slot = this.#slot();
    this.#bySlot.set(slot, (this.#bySlot.get(slot) ?? 0) + count);
  }

  get total(): number {
    const oldest = this.#slot() - slots + 1;
    let total = 0;
    for (const [slot, count] of this.#bySlot) {
      if (slot < oldest) this.#bySlot.delete(slot);
      else total += count;
    }
    return total;
  }

  #slot(): number {
    return Math.floor(this.#clock.now() / this.#slotMs);
  }
}
