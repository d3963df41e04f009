import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type LatencyProfileName, latencyProfileNames } from './latency.ts';
import { type StartedOrg, startOrg } from './org.ts';
import { SeedError, type SeedInput } from './seed.ts';

interface OrgFlags {
  readonly port: number;
  readonly controlPort: number;
  readonly seed?: string;
  readonly metadata?: string;
  readonly state?: string;
  readonly tls?: boolean;
  readonly profile?: LatencyProfileName;
  readonly json?: boolean;
}

/** The command `org`: runs the emulator until it is told to stop. Mounted by the command line as `bridge org`. */
export function orgCommand(): Command {
  return new Command('org')
    .description('Run a Salesforce org on this machine: REST, OAuth and streaming, with test credentials.')
    .option('--port <number>', 'port to listen on; 0 picks a free one', toPort, 8480)
    .option('--control-port <number>', 'port of the control API; 0 picks a free one', toPort, 0)
    .option('--seed <file>', 'JSON file with apps, users, custom fields and rows to add')
    .option('--metadata <folder>', "folder with objects and fields in Salesforce's source format")
    .option(
      '--state <file>',
      'load rows and retained events from this file, if it is there, and save them to it at the end',
    )
    .option('--tls', 'serve https with a certificate of its own; the authority to trust is in caFile')
    .addOption(new Option('--profile <name>', 'how long calls take').choices(latencyProfileNames))
    .option('--json', 'print the connection data as one JSON line')
    .action(async (flags: OrgFlags) => {
      process.exitCode = await runOrg(flags);
    });
}

async function runOrg(flags: OrgFlags): Promise<number> {
  let org: StartedOrg;
  const keyFolder = await mkdtemp(join(tmpdir(), 'org-'));
  try {
    const seed = flags.seed === undefined ? {} : await readSeed(flags.seed);
    org = await startOrg({
      port: flags.port,
      controlPort: flags.controlPort,
      seed,
      keyFolder,
      tls: flags.tls ?? false,
      ...filesOf(flags),
      ...(flags.profile === undefined ? {} : { settings: { latency: flags.profile } }),
    });
  } catch (error) {
    await rm(keyFolder, { recursive: true });
    console.error(messageOf(error, flags));
    return 1;
  }
  for (const text of org.skippedMetadata) console.error(`Not emulated: ${text}`);
  process.stdout.write(flags.json === true ? jsonLine(org) : welcome(org));
  await stopSignal();
  await org.close();
  await rm(keyFolder, { recursive: true });
  return 0;
}

function filesOf({ metadata, state }: OrgFlags) {
  const metadataFolder = metadata === undefined ? {} : { metadataFolder: metadata };
  return state === undefined ? metadataFolder : { ...metadataFolder, stateFile: state };
}

function toPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

async function readSeed(file: string): Promise<SeedInput> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text) as SeedInput;
  } catch (error) {
    throw new SeedError([`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function messageOf(error: unknown, flags: OrgFlags): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return `Port ${flags.port} or ${flags.controlPort} is in use; choose another one, or 0 for a free one.`;
  if (code === 'ENOENT') return `The seed file ${flags.seed} does not exist.`;
  return error instanceof SeedError ? error.message : (error.stack ?? error.message);
}

function jsonLine({ instanceUrl, credentials, caFile, controlUrl }: StartedOrg): string {
  const trust = caFile === undefined ? {} : { caFile };
  return `${JSON.stringify({ instanceUrl, ...credentials, ...trust, controlUrl })}\n`;
}

function welcome({ instanceUrl, credentials, caFile, controlUrl }: StartedOrg): string {
  const { clientId, clientSecret, username, password, securityToken, jwtPrivateKeyFile } = credentials;
  return `Salesforce org at ${instanceUrl} (control API at ${controlUrl})

  client id       ${clientId}
  client secret   ${clientSecret}
  username        ${username}
  password        ${password}
  security token  ${securityToken}
  JWT key file    ${jwtPrivateKeyFile ?? '(the certificate of the seed counts)'}${caFile === undefined ? '' : `\n  CA certificate  ${caFile}`}

Get a token:
  curl${caFile === undefined ? '' : ` --cacert ${caFile}`} -d grant_type=client_credentials -d client_id=${clientId} -d client_secret=${clientSecret} ${instanceUrl}/services/oauth2/token
With jsforce:
  new Connection({ instanceUrl: '${instanceUrl}', accessToken: '<token>', version: '66.0' })
Stop with Ctrl-C.
`;
}

function stopSignal(): Promise<void> {
  return new Promise((stopped) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped());
  });
}

if (import.meta.main) await orgCommand().parseAsync();
