import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { SalesforceCredentials } from '../../shared/salesforce/auth/credentials.ts';
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
}

interface OrgAnnouncement {
  readonly instanceUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly username: string;
  readonly password: string;
  readonly securityToken: string;
  readonly controlUrl: string;
}

/** Starts the emulated org as a process of its own, on free ports. */
export async function startOrgProcess({
  runFolder,
  credentials,
}: OrgProcessSettings): Promise<{ access: OrgAccess; stop(): Promise<void> }> {
  const hands = { clientId: 'sample-data-key', clientSecret: 'sample-data-secret' };
  const seedFile = path.join(runFolder, 'org-seed.json');
  await writeFile(
    seedFile,
    JSON.stringify({
      apps: [
        { name: handsApp, ...hands },
        ...(credentials === undefined
          ? []
          : [{ name: 'Connector', clientId: credentials.consumerKey, clientSecret: credentials.consumerSecret }]),
      ],
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
  const own = { consumerKey: org.clientId, consumerSecret: org.clientSecret };
  return {
    access: {
      bridge: { baseUri: org.instanceUrl, ...(credentials ?? own) },
      hands: { baseUri: org.instanceUrl, consumerKey: hands.clientId, consumerSecret: hands.clientSecret },
      controlUrl: org.controlUrl,
    },
    stop: () => program.stop(),
  };
}
