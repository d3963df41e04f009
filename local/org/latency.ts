import { z } from 'zod';
import type { Clock } from './clock.ts';
import type { Random } from './random.ts';
import type { Change } from './store/database.ts';

const milliseconds = z.number().nonnegative();

export const latencyProfileSchema = z.strictObject({
  /** Of every REST call, whatever it does. */
  perCallMs: milliseconds,
  /** Of every row written. */
  perRowMs: milliseconds,
  /** Of every trigger or flow that runs for a written row. */
  perAutomationMs: milliseconds,
  /** Triggers and flows by object name; objects that are not listed have none. */
  automations: z.record(z.string(), z.int().nonnegative()),
  /** Every time is drawn from this share around its value: 0.2 means 80 % to 120 %. */
  spread: z.number().min(0).max(1),
  /** A call waits while another one writes the same row or another row with the same parents. */
  lockWaits: z.boolean(),
});

export type LatencyProfile = z.infer<typeof latencyProfileSchema>;

export const latencyProfileNames = ['none', 'lean', 'automated'] as const;
export type LatencyProfileName = (typeof latencyProfileNames)[number];

/** `lean`: an org without automation; `automated`: some triggers and flows on the objects that usually have them. */
export const latencyProfiles: Readonly<Record<Exclude<LatencyProfileName, 'none'>, LatencyProfile>> = {
  lean: { perCallMs: 80, perRowMs: 4, perAutomationMs: 0, automations: {}, spread: 0.3, lockWaits: true },
  automated: {
    perCallMs: 100,
    perRowMs: 5,
    perAutomationMs: 8,
    automations: { Account: 3, Contact: 2, Lead: 2, Case: 3, Opportunity: 4, Order: 3, OrderItem: 2 },
    spread: 0.4,
    lockWaits: true,
  },
};

interface LatencyInput {
  readonly setting: LatencyProfileName | LatencyProfile;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * How long a real org would take for a call. Calls are served at once, and their answers held back: what a call wrote is
 * locked until its answer is due, and a later call that touches it is due only after that.
 */
export class LatencyModel {
  readonly #profile: LatencyProfile | undefined;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #lockedUntil = new Map<string, number>();
  #writing: Change[] | undefined;

  constructor({ setting, clock, random }: LatencyInput) {
    this.#profile = typeof setting === 'object' ? setting : setting === 'none' ? undefined : latencyProfiles[setting];
    this.#clock = clock;
    this.#random = random;
  }

  /** Told of every commit; those inside `measure` belong to its call. */
  committed(changes: readonly Change[]): void {
    for (const change of changes) this.#writing?.push(change);
  }

  /** Does the work of one call and says how long its answer has to wait. */
  measure<T>(work: () => T): { readonly answer: T; readonly delayMs: number } {
    if (this.#profile === undefined) return { answer: work(), delayMs: 0 };
    const changes: Change[] = [];
    this.#writing = changes;
    try {
      const answer = work();
      return { answer, delayMs: this.#delay(this.#profile, changes) };
    } finally {
      this.#writing = undefined;
    }
  }

  #delay(profile: LatencyProfile, changes: readonly Change[]): number {
    const { perCallMs, perRowMs, perAutomationMs, automations, spread, lockWaits } = profile;
    let work = perCallMs;
    for (const { object } of changes) work += perRowMs + perAutomationMs * (automations[object.name] ?? 0);
    work *= 1 + spread * (2 * this.#random() - 1);
    const now = this.#clock.now();
    if (!lockWaits || changes.length === 0) return work;
    const keys = new Set(changes.flatMap(lockedBy));
    const start = Math.max(now, ...[...keys].map((key) => this.#lockedUntil.get(key) ?? 0));
    for (const [key, until] of this.#lockedUntil) if (until <= now) this.#lockedUntil.delete(key);
    for (const key of keys) this.#lockedUntil.set(key, start + work);
    return start + work - now;
  }
}

/** A write locks its row and the rows its reference fields point to, users aside. */
function lockedBy({ object, after }: Change): readonly string[] {
  const parents = object.fields
    .filter((field) => field.type === 'reference' && !field.referenceTo.includes('User'))
    .map((field) => after[field.name]);
  return [after.Id, ...parents.filter((id) => typeof id === 'string')];
}
