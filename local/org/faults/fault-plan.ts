import type { Random } from '../random.ts';
import type { ObjectDefinition } from '../store/definitions.ts';
import { type RowError, rowError } from '../store/errors.ts';
import type { BayeuxFault, Fault, RequestFault, RequestMatch } from './fault-schema.ts';

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
      if (!isRequestFault(fault)) continue;
      if (matches(fault.match, request) && this.#strikes(armed, fault)) hits.push(fault);
    }
    return hits;
  }

  /** The error a row of this object is refused with, when one is due. */
  rowErrorFor(object: ObjectDefinition, id: string | undefined): RowError | undefined {
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (fault.kind !== 'lock-rows' && fault.kind !== 'refuse-rows') continue;
      if (fault.object !== undefined && fault.object.toLowerCase() !== object.name.toLowerCase()) continue;
      if (!this.#strikes(armed, fault)) continue;
      if (fault.kind === 'refuse-rows') return rowError(fault.statusCode, fault.message);
      const message = `unable to obtain exclusive access to this record or 1 records: ${id?.slice(0, 15) ?? ''}`;
      return rowError('UNABLE_TO_LOCK_ROW', message);
    }
    return undefined;
  }

  /** The error a Bayeux message is refused with, when one is due. */
  bayeuxError(message: Readonly<Record<string, unknown>>): BayeuxFault | undefined {
    const subscriptions = [message['subscription']].flat();
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (fault.kind !== 'bayeux-error' || fault.channel !== message['channel']) continue;
      if (fault.subscription !== undefined && !subscriptions.includes(fault.subscription)) continue;
      if (this.#strikes(armed, fault)) return fault;
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

function isRequestFault(fault: Fault): fault is RequestFault {
  return ['respond', 'delay', 'reset-connection', 'request-limit'].includes(fault.kind);
}

function matches(wanted: RequestMatch, request: RequestFacts): boolean {
  if (wanted === undefined) return true;
  const { method, pathPrefix, pathContains, app } = wanted;
  if (method !== undefined && method.toUpperCase() !== request.method) return false;
  if (pathPrefix !== undefined && !request.path.startsWith(pathPrefix)) return false;
  if (pathContains !== undefined && !request.path.includes(pathContains)) return false;
  return app === undefined || app === request.app;
}
