import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { parseSeed, type Seed } from '../seed.ts';
import { validationRuleSchema } from './validation-rules.ts';
import { type Node, readChannel, readField, readMember, readObject, readRecordType, readRule } from './xml-metadata.ts';

export interface SourceMetadata {
  readonly seed: Seed;
  /** What is in the folder and not emulated, one text each. */
  readonly skipped: readonly string[];
}

const repeated = new Set(['fields', 'value', 'enrichedFields', 'validationRules']);

/**
 * Reads objects, fields, record types, validation rules, platform events and custom channels from a folder in Salesforce's source format
 * (Salesforce DX guide, `sfdx_dev_source_file_format.htm`). Everything else in the folder is passed over.
 */
export async function readSourceFormat(folder: string): Promise<SourceMetadata> {
  const parser = new XMLParser({ parseTagValue: false, isArray: (name) => repeated.has(name) });
  const skipped: string[] = [];
  const objects = new Map<string, Record<string, unknown> & { fields: unknown[] }>();
  const customFields: Record<string, unknown[]> = {};
  const validationRules: unknown[] = [];
  const recordTypes: unknown[] = [];
  const channels: ReturnType<typeof readChannel>[] = [];
  const members: ReturnType<typeof readMember>[] = [];

  const addFields = (object: string, nodes: readonly Node[]): void => {
    for (const node of nodes) {
      const field = readField(node);
      if (typeof field === 'string') skipped.push(`${object}: ${field}`);
      else if (field !== undefined) customFields[object] = [...(customFields[object] ?? []), field];
    }
  };
  const addRule = (object: string, node: Node): void => {
    const parsed = validationRuleSchema.safeParse(readRule(object, node));
    if (parsed.success) validationRules.push(parsed.data);
    else skipped.push(`${object}: validation rule ${String(node['fullName'])}: ${parsed.error.issues[0]?.message}`);
  };
  for (const file of (await readdir(folder, { recursive: true })).sort()) {
    const kind = /\.([A-Za-z]+)-meta\.xml$/.exec(file)?.[1];
    const content = kind === undefined ? undefined : await read(parser, join(folder, file));
    if (content === undefined) continue;
    const object = /(?:^|[\\/])objects[\\/]([^\\/]+)[\\/]/.exec(file)?.[1] ?? '';
    const name = basename(file).replace(/\.[A-Za-z]+-meta\.xml$/, '');
    if (kind === 'object') {
      objects.set(name, readObject(name, content));
      addFields(name, nodesOf(content['fields']));
      for (const rule of nodesOf(content['validationRules'])) addRule(name, rule);
    }
    if (kind === 'field') addFields(object, [{ fullName: name, ...content }]);
    if (kind === 'recordType') recordTypes.push(readRecordType(object, { fullName: name, ...content }));
    if (kind === 'validationRule') addRule(object, { fullName: name, ...content });
    if (kind === 'platformEventChannel') channels.push(readChannel(name, content));
    if (kind === 'platformEventChannelMember') members.push(readMember(content));
  }
  const named = (ending: string) => [...objects.values()].filter(({ name }) => String(name).endsWith(ending));
  const seed = parseSeed({
    objects: named('__c').map(({ publishBehavior: _never, ...object }) => object),
    platformEvents: named('__e').map(({ nameField: _none, pluralLabel: _same, ...event }) => event),
    customFields,
    validationRules,
    recordTypes,
    channels: channels.map((channel) => ({
      ...channel,
      members: members
        .filter((member) => member.channel === channel.name)
        .map(({ channel: _name, ...member }) => member),
    })),
  });
  return { seed, skipped };
}

/** The root element of a metadata file. */
async function read(parser: XMLParser, file: string): Promise<Node | undefined> {
  const document = parser.parse(await readFile(file, 'utf8')) as Node;
  const root = Object.entries(document).find(([name]) => !name.startsWith('?'))?.[1];
  return typeof root === 'object' && root !== null ? (root as Node) : undefined;
}

function nodesOf(value: unknown): readonly Node[] {
  return Array.isArray(value) ? (value as Node[]) : [];
}
