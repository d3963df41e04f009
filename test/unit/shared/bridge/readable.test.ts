import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { computed, judge, readable, Unreadable } from '../../../../shared/bridge/readable.ts';

const schema = z.strictObject({
  name: z.string(),
  size: z._default(z.number(), 7),
  shape: z.optional(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('round'), radius: z.number() }),
      z.strictObject({ kind: z.literal('square'), side: z.number() }),
    ]),
  ),
  tags: z._default(z.record(z.string(), z.array(z.string())), {}),
});

describe('what can be read', () => {
  it('is all of it, with defaults, where nothing is broken', () => {
    expect(readable(schema, { name: 'a' })).toEqual({ name: 'a', size: 7, tags: {} });
  });

  it('is what is right by itself, down to the parts of parts', () => {
    const read = readable(schema, { name: 1, shape: { kind: 'round', radius: 'wide' }, tags: { a: ['x', 2] } });
    expect(read.size).toBe(7);
    expect(read.shape?.kind).toBe('round');
    expect(read.tags['a']?.[0]).toBe('x');
    expect(() => read.name).toThrow(Unreadable);
    expect(() => read.shape?.kind === 'round' && read.shape.radius).toThrow(Unreadable);
    expect(() => read.tags['a']?.[1]).toThrow(Unreadable);
  });

  it('is nothing that is absent where something is misspelt', () => {
    const read = readable(schema, { name: 'a', sise: 8 });
    expect(read.name).toBe('a');
    expect(() => read.size).toThrow(Unreadable);
  });

  it.each([
    ['no object', 'shape' as const, { name: 'a', shape: 'round' }],
    ['a list', 'tags' as const, { name: 'a', tags: [] }],
    ['a kind that there is none of', 'shape' as const, { name: 'a', shape: { kind: 'oval' } }],
  ])('is nothing of %s', (_, setting, given) => {
    expect(() => readable(schema, given)[setting]).toThrow(Unreadable);
  });

  it('is no setting of something that has none', () => {
    const read = readable(schema, []);
    expect(() => read.name).toThrow(Unreadable);
    expect(() => readable(z.array(z.string()), 'a')).toThrow(Unreadable);
  });
});

it('a setting that is made of others is as readable as they are', () => {
  const read = readable(schema, { name: 1 });
  const made = computed(read, {
    twice: () => read.size * 2,
    loud: () => read.name.toUpperCase(),
  });
  expect(made.twice).toBe(14);
  expect(() => made.loud).toThrow(Unreadable);
});

it('a rule that needs a broken setting finds nothing, and the others find what they find', () => {
  const read = readable(schema, { name: 1, size: 9 });
  expect(judge<unknown>([() => [read.name], () => [read.size]])).toEqual([9]);
  expect(() =>
    judge([
      () => {
        throw new TypeError('a mistake');
      },
    ]),
  ).toThrow('a mistake');
});
