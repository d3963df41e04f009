import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { environmentSchema } from '../../../infra/environment-settings.ts';
import { bridgeSchema } from '../../../shared/bridge/bridge-schema.ts';

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly const?: unknown;
}

/** Every setting of a schema as a path; `*` stands for names that people choose. */
function pathsOf(schema: JsonSchema | boolean | undefined, at = ''): string[] {
  if (schema === undefined || typeof schema === 'boolean') return [];
  const below = (name: string) => (at === '' ? name : `${at}.${name}`);
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => [
      below(name),
      ...pathsOf(inner, below(name)),
    ]),
    ...pathsOf(schema.additionalProperties, below('*')),
    ...pathsOf(schema.items, at),
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((each) => pathsOf(each, at)),
  ];
}

const settingsOf = (schema: z.core.$ZodType) => [
  ...new Set(pathsOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema)),
];

/** What functions such as `upsert(…)` and `platformEvent(…)` set; the page shows the functions. */
const setByFunctions = /\.(capture\.(kind|event)|write\.operation)$/;

const wordsOf = (line: string) =>
  new Set([...line.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => code.match(/[A-Za-z]\w*/g) ?? []));
const lines = page.split('\n').map(wordsOf);

/** A line of the page that names a setting in code, together with the group that it is in. */
function isNamed(path: string): boolean {
  const [name = '', group = '*'] = path
    .split('.')
    .reverse()
    .filter((part, index) => index > 0 || part !== '*');
  const groups = group === '*' || group === 'capture' || group === 'write' ? [] : [group];
  return lines.some((words) => [name, ...groups].every((word) => words.has(word)));
}

describe('docs/configuration.md', () => {
  it.each(settingsOf(environmentSchema))('names %s of an environment', (path) => {
    expect(isNamed(path)).toBe(true);
  });

  it.each(settingsOf(bridgeSchema).filter((path) => !setByFunctions.test(path)))('names %s of a definition', (path) => {
    expect(isNamed(path)).toBe(true);
  });

  it('is read setting by setting, within groups', () => {
    expect(settingsOf(environmentSchema)).toEqual(expect.arrayContaining(['alarms.lagRecords', 'network.vpcId']));
    expect(settingsOf(bridgeSchema)).toEqual(expect.arrayContaining(['sinks.*.batch.size', 'poller.leaseSeconds']));
    expect(isNamed('alarms.thatDoesNotExist')).toBe(false);
  });
});
