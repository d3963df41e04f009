import { Command } from 'commander';
import { deploymentName, stateTableName } from '../../infra/names.ts';
import { capturedObjects } from '../../shared/bridge/captured-objects.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { resolveCapture } from '../../shared/salesforce/channels.ts';
import type { RereadStore } from '../../shared/state/reread-store.ts';
import { type DeploymentOptions, loadDeployment } from '../load-deployment.ts';
import { withDeployment } from './deployment-options.ts';

interface SnapshotParts {
  readonly print: (text: string) => void;
  readonly connect: (region: string | undefined, tableName: string) => Pick<RereadStore, 'add'>;
  readonly date: () => Date;
}

interface SnapshotOptions extends DeploymentOptions {
  readonly source: string;
  readonly object?: string;
  readonly from?: string;
  readonly to?: string;
  readonly deletes: boolean;
}

/** `bridge snapshot`: asks the running poller to publish what exists, beside the changes that it streams. */
export function snapshotCommand({ print, connect, date }: SnapshotParts): Command {
  return withDeployment(new Command('snapshot'))
    .description('publish what exists of a source once more: whole objects, or what changed in a time range')
    .requiredOption('--source <name>', 'source of the definition')
    .option('--object <name>', 'one object of the source (default: all that it names)')
    .option('--from <time>', 'only rows changed since, ISO 8601')
    .option('--to <time>', 'only rows changed before, ISO 8601')
    .option('--deletes', 'also look for deleted rows that the recycle bin still has', false)
    .action(async (options: SnapshotOptions) => {
      const { bridge, environment } = await loadDeployment(options);
      const source = bridge.sources.find(({ name }) => name === options.source);
      if (source === undefined) {
        const names = bridge.sources.map(({ name }) => name).join(', ');
        throw new BridgeError('SKB_CONFIG_INVALID', `--source: must be one of ${names}`);
      }
      const known = capturedObjects(source.capture) ?? [];
      const objects = options.object === undefined ? known : known.filter((object) => object === options.object);
      if (objects.length === 0 || source.format === 'raw') {
        throw new BridgeError(
          'SKB_CONFIG_INVALID',
          `--object: source ${source.name} names ${known.join(', ') || 'none'}`,
        );
      }
      const range = { ...time('from', options.from), ...time('to', options.to) };
      if (range.from !== undefined && range.to !== undefined && range.from >= range.to) {
        throw new BridgeError('SKB_CONFIG_INVALID', '--to: must be after --from');
      }
      const store = connect(environment.region, stateTableName(deploymentName(bridge.name, environment.name)));
      const key = { org: source.org, channel: resolveCapture(source.capture).channel };
      const requestedAt = date().toISOString();
      for (const object of objects) {
        const id = `requested#${requestedAt}#${source.name}#${object}`;
        const { deletes } = options;
        await store.add(key, { id, reason: 'requested', object, ...range, deletes, source: source.name, requestedAt });
        print(`${object}: asked for; the poller begins within 15 s and logs "rows read again" for every page\n`);
      }
    });
}

function time(name: 'from' | 'to', text: string | undefined): { from?: string; to?: string } {
  if (text === undefined) return {};
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new BridgeError('SKB_CONFIG_INVALID', `--${name}: must be a time in ISO 8601`);
  return { [name]: at.toISOString() };
}
