import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { Bridge, Org } from '../../shared/bridge/bridge.ts';
import { parseBridge } from '../../shared/bridge/define-bridge.ts';
import { definitionIn, loadModule } from '../../shared/bridge/load-module.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { ObjectDescribe } from '../../shared/salesforce/describe.ts';
import { writeRowTypes } from '../../shared/salesforce/write-row-types.ts';

interface TypesOptions {
  readonly bridge: string;
  readonly out: string;
  readonly org?: string;
  readonly objects?: string;
}

/** Asks an org for the describe of an object. */
export type DescribeObject = (object: string) => Promise<ObjectDescribe>;

interface TypesParts {
  readonly print: (text: string) => void;
  /** Logs in with what the environment holds; see `docs/transforms.md`. */
  readonly connect: (org: Org) => DescribeObject;
}

/** `bridge types`: writes the types of the rows that a definition's sinks may write, from the org's describe. */
export function typesCommand({ print, connect }: TypesParts): Command {
  return new Command('types')
    .description('write the types of the rows that the sinks write, from the describe of an org')
    .option('--bridge <file>', 'definition file', 'bridge.config.ts')
    .option('--out <file>', 'file to write', 'salesforce-types.ts')
    .option('--org <name>', 'org of the definition; needed when there are several')
    .option('--objects <names>', 'objects, separated by commas (default: those that its sinks write)')
    .action(async (options: TypesOptions) => {
      const bridge = parseBridge(definitionIn(options.bridge, await loadModule(options.bridge)));
      const org = chooseOrg(bridge, options.org);
      const objects = options.objects?.split(',').map((each) => each.trim()) ?? objectsOf(bridge, org);
      const describe = connect(org);
      const described = await Promise.all(objects.map(describe));
      const parents = await describeParents(described, describe);
      await writeFile(options.out, writeRowTypes(described, parents));
      print(`${options.out} holds the rows of ${objects.join(', ')}\n`);
    });
}

function chooseOrg(bridge: Bridge, wanted: string | undefined): Org {
  const [only, ...others] = bridge.orgs;
  const chosen = wanted === undefined && others.length === 0 ? only : bridge.orgs.find(({ name }) => name === wanted);
  if (chosen !== undefined) return chosen;
  const names = bridge.orgs.map(({ name }) => name).join(', ');
  throw new BridgeError('SKB_CONFIG_INVALID', `--org: must be one of ${names}`);
}

function objectsOf(bridge: Bridge, org: Org): string[] {
  const written = bridge.sinks.filter((sink) => sink.org === org.name).flatMap((sink) => sink.targets);
  const objects = [...new Set(written.map(({ object }) => object))];
  if (objects.length > 0) return objects;
  throw new BridgeError('SKB_CONFIG_INVALID', `No sink writes to ${org.name}; name the objects with --objects`);
}

/** A parent that the user of the bridge may not see is left out; its children can still be linked by Id. */
async function describeParents(
  objects: readonly ObjectDescribe[],
  describe: DescribeObject,
): Promise<ReadonlyMap<string, ObjectDescribe>> {
  const names = new Set(objects.flatMap(({ fields }) => fields.flatMap(({ referenceTo }) => referenceTo)));
  const found = await Promise.all(
    [...names].map(async (name): Promise<[string, ObjectDescribe][]> => {
      try {
        return [[name, await describe(name)]];
      } catch (error) {
        if (error instanceof BridgeError && error.disposition === 'reject') return [];
        throw error;
      }
    }),
  );
  return new Map(found.flat());
}
