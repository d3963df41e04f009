import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { listSettings } from '../../../docs/generate/list-settings.ts';

const login = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('password'), user: z.string(), attempts: z.int().min(1).max(9).default(3) }),
]);
const schema = z.strictObject({
  name: z.string(),
  verbose: z.boolean().optional(),
  login: login.default({ kind: 'none' }),
  flows: z.record(z.string(), z.strictObject({ to: z.union([z.enum(['a', 'b']), z.array(z.string())]) })),
  trace: z.union([z.boolean(), z.strictObject({ depth: z.int().min(1).max(3).default(1) })]).optional(),
  limits: z.strictObject({ rate: z.number().min(0).max(0.5).default(0.1) }).prefault({}),
});
const settings = new Map(listSettings(schema).map((each) => [each.path, each]));

describe('settings of a schema', () => {
  it('are its leaves in its order; what people name is *', () => {
    expect([...settings.keys()]).toEqual([
      'name',
      'verbose',
      'login.kind',
      'login.user',
      'login.attempts',
      'flows.*.to',
      'trace',
      'trace.depth',
      'limits.rate',
    ]);
  });

  it('say what they take', () => {
    expect(settings.get('verbose')?.takes).toEqual(['`true`, `false`']);
    expect(settings.get('login.kind')?.takes).toEqual(["`'none'`", "`'password'`"]);
    expect(settings.get('login.attempts')?.takes).toEqual(['1 to 9']);
    expect(settings.get('limits.rate')?.takes).toEqual(['0 to 0.5']);
    expect(settings.get('flows.*.to')?.takes).toEqual(["`'a'`, `'b'`, a list"]);
  });

  it('have the default of their own or of their group', () => {
    expect(settings.get('limits.rate')).toMatchObject({ byDefault: 0.1, required: false });
    expect(settings.get('login.kind')).toMatchObject({ byDefault: 'none' });
    expect(settings.get('verbose')).toMatchObject({ byDefault: undefined, required: false });
    expect(settings.get('name')).toMatchObject({ byDefault: undefined, required: true });
  });

  it('tell which kinds of their group have them', () => {
    expect(settings.get('login.kind')).toMatchObject({ kinds: ['none', 'password'], ofSomeKinds: false });
    expect(settings.get('login.user')).toMatchObject({ kinds: ['password'], ofSomeKinds: true });
    expect(settings.get('flows.*.to')).toMatchObject({ kinds: [undefined], ofSomeKinds: false });
  });
});
