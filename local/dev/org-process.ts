import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { SalesforceCredentials } from '../../shared/salesforce/auth/credentials.ts';
import type { SeedInput } from '../org/seed.ts';
import { startProcess } from '../processes/start-process.ts';

/** How to get at an org: as the bridge, and as everybody else. */
export interface OrgAccess {
  readonly bridge: SalesforceCredentials;
  /** Another app's credentials, so that the org counts its calls apart from the bridge's. */
  readonly hands: SalesforceCredentials;
  /** The emulator's control API; absent for an org of the user's own. */
  readonly controlUrl?: string;
}

/** Name of the app that stands for people and other systems. */
export const handsApp = 'Sample Data';

interface OrgProcessSettings {
  readonly runFolder: string;
  readonly credentials?: Omit<SalesforceCredentials, 'baseUri'>;
  /** Fields, rows and settings to add to the org's own seed. */
  readonly seed?: Omit<SeedInput, 'apps' | 'users'>;
  /** Objects and fields in Salesforce's source format. */
  readonly metadataFolder?: string;
}

interface OrgAnnouncement {
  readonly instanceUrl: string;
  readonly controlUrl: string;
}

/** The emulator's default user, as whom apps act that log in with their own credentials. */
const integrationUser = 'integration@example.org';

function seedApp(name: string, app: { consumerKey: string; consumerSecret: string }) {
  return { name, clientId: app.consumerKey, clientSecret: app.consumerSecret, runAs: integrationUser };
}

/** Starts the emulated org as a process of its own, on free ports. */
export async function startOrgProcess({
  runFolder,
  credentials,
  seed,
  metadataFolder,
}: OrgProcessSettings): Promise<{ access: OrgAccess; stop(): Promise<void> }> {
  const hands = { consumerKey: 'sample-data-key', consumerSecret: 'sample-data-secret' };
  const bridge = {
    ...credentials,
    consumerKey: credentials?.consumerKey ?? 'bridge-key',
    consumerSecret: credentials?.consumerSecret ?? 'bridge-secret',
  };
  const seedFile = path.join(runFolder, 'org-seed.json');
  await writeFile(
    seedFile,
    JSON.stringify({
      ...seed,
      apps: [seedApp(handsApp, hands), seedApp('Bridge', bridge)],
      users:
        credentials?.username === undefined
          ? []
          : [
              {
                username: credentials.username,
                password: credentials.password ?? '',
                securityToken: credentials.securityToken ?? '',
              },
            ],
    }),
  );
  const announced = Promise.withResolvers<OrgAnnouncement>();
  const logFile = path.join(runFolder, 'org.log');
  const program = await startProcess({
    name: 'org',
    command: process.execPath,
    args: [
      fileURLToPath(new URL(`../org/main${path.extname(import.meta.url)}`, import.meta.url)),
      '--port',
      '0',
      '--json',
      '--seed',
      seedFile,
      ...(metadataFolder === undefined ? [] : ['--metadata', metadataFolder]),
    ],
    env: {},
    cwd: runFolder,
    logFile,
    onStdoutLine: (line) => announced.resolve(JSON.parse(line) as OrgAnnouncement),
  });
  const ended = program.exited.then(() => {
    throw new BridgeError('SKB_ENVIRONMENT_UNFIT', `The org emulator ended while starting, see ${logFile}`);
  });
  const org = await Promise.race([announced.promise, ended]);
  ended.catch(() => undefined);
  return {
    access: {
      bridge: { baseUri: org.instanceUrl, ...bridge },
      hands: { baseUri: org.instanceUrl, ...hands },
      controlUrl: org.controlUrl,
    },
    stop: () => program.stop(),
  };
}
