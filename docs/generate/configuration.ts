import { readFileSync } from 'node:fs';
import { pollerVariables } from '../../functions/poller/config.ts';
import { sinkVariables } from '../../functions/sink/config.ts';
import { environmentSchema } from '../../infra/environment-settings.ts';
import { bridgeSchema } from '../../shared/bridge/bridge-schema.ts';
import { kafkaVariables } from '../../shared/kafka/kafka-connection.ts';
import { listSettings, literal, type Setting } from './list-settings.ts';
import { type Comment, type Comments, commentKey, readComments } from './read-comments.ts';

const page = new URL('../configuration.md', import.meta.url);

interface Table {
  readonly of: keyof typeof schemas;
  /** Rows below this path, which they are named without. */
  readonly below?: string;
  /** Paths that another table has, or that functions such as `upsert(…)` set. */
  readonly without?: RegExp;
}

const schemas = {
  environment: environmentSchema,
  definition: bridgeSchema,
  poller: pollerVariables,
  sink: sinkVariables,
  kafka: kafkaVariables,
};

const types = {
  environment: ['infra/environment-settings.ts', 'EnvironmentInput'],
  definition: ['shared/bridge/define-bridge.ts', 'BridgeDefinition'],
  poller: ['functions/poller/config.ts', 'PollerVariables'],
  sink: ['functions/sink/config.ts', 'SinkVariables'],
  kafka: ['shared/kafka/kafka-connection.ts', 'KafkaVariables'],
} as const;

/** By the name that the page's markers use. */
const tables: Readonly<Record<string, Table>> = {
  environment: { of: 'environment' },
  bridge: { of: 'definition', without: /^(orgs|sources|sinks|poller)\b/ },
  orgs: { of: 'definition', below: 'orgs.*.' },
  sources: { of: 'definition', below: 'sources.*.', without: /^capture\b/ },
  captures: { of: 'definition', below: 'sources.*.capture.', without: /^kind$/ },
  sinks: { of: 'definition', below: 'sinks.*.', without: /^write\b/ },
  targets: { of: 'definition', below: 'sinks.*.write.', without: /^operation$/ },
  poller: { of: 'definition', without: /^(?!poller\b)/ },
  'poller variables': { of: 'poller' },
  'sink variables': { of: 'sink' },
  'kafka variables': { of: 'kafka' },
};

/** The page `docs/configuration.md`: its text as it stands, its tables from the schemas and their comments. */
export function configurationPage(): string {
  const comments = readComments(types);
  return readFileSync(page, 'utf8').replaceAll(
    /(<!-- settings: (.+) -->\n)[\s\S]*?(<!-- end of settings -->)/g,
    (_, start: string, name: string, end: string) => `${start}\n${tableText(name, comments)}\n\n${end}`,
  );
}

/** Settings without a word about them, as `table: path`. */
export function silentSettings(): string[] {
  const comments = readComments(types);
  return Object.keys(tables).flatMap((name) =>
    rowsOf(name, comments)
      .filter(({ says }) => says === '')
      .map(({ setting }) => `${name}: ${setting.path}`),
  );
}

/** Settings that no table has, as `schema: path`. */
export function untoldSettings(): string[] {
  const told = new Set(
    Object.values(tables).flatMap((table) => settingsOf(table).map(({ path }) => `${table.of}: ${path}`)),
  );
  return Object.entries(schemas)
    .flatMap(([of, schema]) => listSettings(schema).map(({ path }) => `${of}: ${path}`))
    .filter((each) => !told.has(each));
}

/** Names of the tables, all of which the page has to show. */
export function tableNames(): string[] {
  return Object.keys(tables);
}

function tableText(name: string, comments: Record<keyof typeof schemas, Comments>): string {
  const variables = tables[name]?.of !== 'environment' && tables[name]?.of !== 'definition';
  const rows = rowsOf(name, comments).map(
    ({ shownAs, setting, says, byDefault, example }) =>
      `| ${cells([`\`${shownAs}\``, takes(setting, example), byDefault, says]).join(' | ')} |`,
  );
  return [
    `| ${variables ? 'Variable' : 'Setting'} | Takes | Default | What it says |`,
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function rowsOf(name: string, comments: Record<keyof typeof schemas, Comments>) {
  const table = tables[name];
  if (table === undefined) throw new Error(`The page asks for settings that there are not: ${name}`);
  const { of, below = '' } = table;
  return settingsOf(table).map((setting) => {
    const shownAs = setting.path.slice(below.length);
    // Of names that people choose, the comment stands at the group.
    const commented = setting.path.replace(/\.\*$/, '');
    const said = setting.kinds.map((kind) => [kind, comments[of].get(commentKey(commented, kind))] as const);
    return { setting, shownAs: shownAs.replace('*', '<name>'), says: says(setting, said), ...tagsOf(setting, said) };
  });
}

function settingsOf({ of, below = '', without }: Table): Setting[] {
  return listSettings(schemas[of]).filter(
    ({ path }) => path.startsWith(below) && !without?.test(path.slice(below.length)),
  );
}

type Said = readonly (readonly [kind: string | undefined, comment: Comment | undefined])[];

/** One sentence for all kinds, or each kind's own. */
function says({ ofSomeKinds }: Setting, said: Said): string {
  const byText = Map.groupBy(said, ([, comment]) => comment?.text ?? '');
  byText.delete('');
  const oneForAll = byText.size === 1 && !ofSomeKinds;
  return [...byText]
    .map(([text, of]) => (oneForAll ? text : `${of.map(([kind]) => `\`${kind}\``).join(', ')}: ${text}`))
    .join(' ');
}

function tagsOf({ required, byDefault }: Setting, said: Said) {
  const tag = (name: 'byDefault' | 'example') => said.map(([, comment]) => comment?.[name]).find(Boolean);
  const value = byDefault === undefined ? (required ? '' : 'none') : literal(byDefault);
  return { byDefault: tag('byDefault') ?? value, example: tag('example') };
}

function takes({ takes: ways }: Setting, example: string | undefined): string {
  const words = ways.filter((each) => each !== '').join(', ');
  return [words, ...(example === undefined ? [] : [example])].filter(Boolean).join(', such as ');
}

function cells(texts: readonly string[]): string[] {
  return texts.map((text) => text.replaceAll('|', '\\|'));
}
