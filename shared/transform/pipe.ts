import type { RowFields, Step, Transform } from './step.ts';

/** Composes steps, from a record's bytes to a row's fields; each step takes what the one before it leaves. */
export function pipe(a: Step<Buffer | null, RowFields>): Transform;
export function pipe<A>(a: Step<Buffer | null, A>, b: Step<A, RowFields>): Transform;
export function pipe<A, B>(a: Step<Buffer | null, A>, b: Step<A, B>, c: Step<B, RowFields>): Transform;
export function pipe<A, B, C>(
  a: Step<Buffer | null, A>,
  b: Step<A, B>,
  c: Step<B, C>,
  d: Step<C, RowFields>,
): Transform;
export function pipe<A, B, C, D>(
  a: Step<Buffer | null, A>,
  b: Step<A, B>,
  c: Step<B, C>,
  d: Step<C, D>,
  e: Step<D, RowFields>,
): Transform;
export function pipe(...steps: Transform['steps']): Transform {
  return { steps };
}
