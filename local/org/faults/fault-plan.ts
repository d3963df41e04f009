import { z } from 'zod';
import type { Random } from '../random.ts';
import type { ObjectDefinition } from '../store/definitions.ts';
import { type RowError, rowError } from '../store/errors.ts';

const often = {
  /** How many matching requests or rows are hit; without `times` and `rate` every one is. */
  times: z.int().positive().optional(),
  /** Share of matching requests or rows that are hit, 0 to 1, drawn from the org's random seed. */
  rate: z.number().min(0).max(1).optional(),
  /** How many matches pass before the first hit. @default 0 */
  after: z.int().nonnegative().optional(),
};

const match = z
  .strictObject({
    method: z.string().optional(),
    pathPrefix: z.string().optional(),
    app: z.string().optional(),
  })
  .optional();

/** What the control API takes as a fault. The first three happen at once, the others wait for a match. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('expire-tokens'), app: z.string().optional() }),
  z.strictObject({ kind: z.literal('forget-clients') }),
  z.strictObject({ kind: z.literal('server-disconnect') }),
  z.strictObject({
    kind: z.literal('respond'),
    match,
    ...often,
    status: z.int().min(200).max(599),
    /** A text is sent as HTML, anything else as JSON. @default an empty body */
    body: z.unknown().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({ kind: z.literal('delay'), match, ...often, milliseconds: z.int().positive() }),
  z.strictObject({
    kind: z.literal('reset-connection'),
    match,
    ...often,
    /** `before` the request is served, or `after` it took effect, so that the client cannot know. @default 'before' */
    when: z.enum(['before', 'after']).optional(),
  }),
  z.strictObject({ kind: z.literal('lock-rows'), object: z.string().optional(), ...often }),
  z.strictObject({ kind: z.literal('refuse-replay'), channel: z.string().optional(), ...often }),
]);

export type Fault = z.infer<typeof faultSchema>;
export type RequestFault = Extract<Fault, { kind: 'respond' | 'delay' | 'reset-connection' }>;

export interface RequestFacts {
  readonly method: string;
  readonly path: string;
  readonly app: string | undefined;
}

interface Armed {
  readonly id: number;
  readonly fault: Fault;
  seen: number;
  hits: number;
}

/** The faults in force. Which match is hit follows from the order of requests and the seed alone. */
export class FaultPlan {
  readonly #random: Random;
  #armed: Armed[] = [];
  #lastId = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  add(fault: Fault): number {
    this.#lastId += 1;
    this.#armed.push({ id: this.#lastId, fault, seen: 0, hits: 0 });
    return this.#lastId;
  }

  list(): readonly { readonly id: number; readonly fault: Fault; readonly hits: number }[] {
    return this.#armed.map(({ id, fault, hits }) => ({ id, fault, hits }));
  }

  remove(id: number): boolean {
    const before = this.#armed.length;
    this.#armed = this.#armed.filter((armed) => armed.id !== id);
    return this.#armed.length < before;
  }

  clear(): void {
    this.#armed = [];
  }

  /** The faults that hit this request, in the order they were added. */
  forRequest(request: RequestFacts): readonly RequestFault[] {
    const hits: RequestFault[] = [];
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (fault.kind !== 'respond' && fault.kind !== 'delay' && fault.kind !== 'reset-connection') continue;
      if (matches(fault.match, request) && this.#strikes(armed, fault)) hits.push(fault);
    }
    return hits;
  }

  /** The lock error for a row of this object, when one is due. */
  lockFor(object: ObjectDefinition, id: string | undefined): RowError | undefined {
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (fault.kind !== 'lock-rows') continue;
      if (fault.object !== undefined && fault.object.toLowerCase() !== object.name.toLowerCase()) continue;
      if (!this.#strikes(armed, fault)) continue;
      const message = `unable to obtain exclusive access to this record or 1 records: ${id?.slice(0, 15) ?? ''}`;
      return rowError('UNABLE_TO_LOCK_ROW', message);
    }
    return undefined;
  }

  refusesReplay(channel: string): boolean {
    return this.#armed.some((armed) => {
      const { fault } = armed;
      if (fault.kind !== 'refuse-replay') return false;
      return (fault.channel ?? channel) === channel && this.#strikes(armed, fault);
    });
  }

  #strikes(
    armed: Armed,
    { times, rate, after = 0 }: { times?: number | undefined; rate?: number | undefined; after?: number | undefined },
  ): boolean {
    armed.seen += 1;
    if (armed.seen <= after || (times !== undefined && armed.hits >= times)) return false;
    if (rate !== undefined && this.#random() >= rate) return false;
    armed.hits += 1;
    return true;
  }
}

function matches(wanted: z.infer<typeof match>, request: RequestFacts): boolean {
  if (wanted === undefined) return true;
  const { method, pathPrefix, app } = wanted;
  if (method !== undefined && method.toUpperCase() !== request.method) return false;
  if (pathPrefix !== undefined && !request.path.startsWith(pathPrefix)) return false;
  return app === undefined || app === request.app;
}
