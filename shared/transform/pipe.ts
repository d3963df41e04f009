import type { RowOutput, Step, Transform } from './step.ts';

/** Composes up to ten steps, from a record's bytes to a row's fields; each step takes what the one before it leaves. */
export function pipe(a: Step<Buffer | null, RowOutput>): Transform;
export function pipe<A>(a: Step<Buffer | null, A>, b: Step<A, RowOutput>): Transform;
export function pipe<A, B>(a: Step<Buffer | null, A>, b: Step<A, B>, c: Step<B, RowOutput>): Transform;
export function pipe<A, B, C>(
  a: Step<Buffer | null, A>,
  b: Step<A, B>,
  c: Step<B, C>,
  d: Step<C, RowOutput>,
): Transform;
export function pipe<A, B, C, D>(
  a: Step<Buffer | null, A>,
  b: Step<A, B>,
  c: Step<B, C>,
  d: Step<C, D>,
  e: Step<D, RowOutput>,
): Transform;
export function pipe<A, B, C, D, E>(
  a: Step<Buffer | null, A>,
  b: Step<A, B>,
  c: Step<B, C>,
  d: Step<C, D>,
  e: Step<D, E>,
  f: Step<E, RowOutput>,
): Transform;
export function pipe<A, B, C, D, E, F>(
  a: Step<Buffer | null, A>,
  b: Step<A, B>,
  c: Step<B, C>,
  d: Step<C, D>,
  e: Step<D, E>,
  f: Step<E, F>,
  g: Step<F, RowOutput>,
): Transform;
export function pipe<A, B, C, D, E, F, G>(
  a: Step<Buffer | null, A>,
  b: Step<A, B>,
  c: Step<B, C>,
  d: Step<C, D>,
  e: Step<D, E>,
  f: Step<E, F>,
  g: Step<F, G>,
  h: Step<G, RowOutput>,
): Transform;
export function pipe<A, B, C, D, E, F, G, H>(
  a: Step<Buffer | null, A>,
  b: Step<A, B>,
  c: Step<B, C>,
  d: Step<C, D>,
  e: Step<D, E>,
  f: Step<E, F>,
  g: Step<F, G>,
  h: Step<G, H>,
  i: Step<H, RowOutput>,
): Transform;
export function pipe<A, B, C, D, E, F, G, H, I>(
  a: Step<Buffer | null, A>,
  b: Step<A, B>,
  c: Step<B, C>,
  d: Step<C, D>,
  e: Step<D, E>,
  f: Step<E, F>,
  g: Step<F, G>,
  h: Step<G, H>,
  i: Step<H, I>,
  j: Step<I, RowOutput>,
): Transform;
export function pipe(...steps: Transform['steps']): Transform {
  return { steps };
}
