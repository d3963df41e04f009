import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { SalesforceCredentials } from '../../shared/salesforce/auth/credentials.ts';
import { type LocalAws, startLocalAws } from '../aws/start-local-aws.ts';
import { startBroker } from '../broker/start-broker.ts';
import type { Environment } from '../cache.ts';
import { startProcess } from '../processes/start-process.ts';
import { type OrgAccess, startOrgProcess } from './org-process.ts';
import type { Progress } from './progress.ts';
import type { Recipe } from './recipe.ts';
import type { OwnThings } from './settings.ts';
import type { StopList } from './stop-list.ts';

/** What the bridge stands on: a broker, an AWS and an org, each the user's own or a stand-in. */
export interface Ground {
  readonly brokers: readonly string[];
  /** Whether others may use these brokers too. */
  readonly sharedBrokers: boolean;
  readonly aws: LocalAws;
  /** Whether the AWS was there before this run and stays after it. */
  readonly sharedAws: boolean;
  /**
   * State table of this run only: what a table remembers is about one org and one broker, and here they are new each time.
   */
  readonly stateTable: string;
  /** The first org of the definition. */
  readonly org: OrgAccess;
  /** Every org, by its name in the definition. */
  readonly orgs: Readonly<Record<string, OrgAccess>>;
}

interface GroundParts {
  /** Names of the definition's orgs. */
  readonly orgNames: readonly string[];
  /** Metadata that a stand-in org has besides its own. */
  readonly metadataFolder?: string | undefined;
  /** What a stand-in org has besides its own. */
  readonly seed?: Recipe['seed'];
  readonly own: OwnThings;
  /** Credentials that the stand-in org must know besides its own, such as those of a Kafka Connect file. */
  readonly credentials?: Omit<SalesforceCredentials, 'baseUri'> | undefined;
  readonly environment: Environment;
  readonly cache: string;
  readonly runFolder: string;
  readonly progress: Progress;
  readonly stops: StopList;
}

export async function startGround(parts: GroundParts): Promise<Ground> {
  const { own, progress } = parts;
  const [brokers, aws, orgs] = await Promise.all([startKafka(parts), startAws(parts), startOrgs(parts)]);
  const [[, org] = []] = orgs;
  if (org === undefined) throw new BridgeError('SKB_BUG', 'A bridge without orgs was started');
  progress.say(`Kafka       ${brokers.join(',')}${own.brokers ? '' : '  (Apache Kafka, local)'}`);
  progress.say(`AWS         ${aws.endpoint}${own.awsEndpoint ? '' : '  (table and secret, local)'}`);
  for (const [name, { bridge }] of orgs) {
    const which = orgs.length === 1 ? 'emulated org' : `emulated org ${name}`;
    progress.say(`Salesforce  ${bridge.baseUri}${own.salesforce ? '' : `  (${which})`}`);
  }
  return {
    brokers,
    sharedBrokers: own.brokers !== undefined,
    aws,
    sharedAws: own.awsEndpoint !== undefined,
    stateTable: `bridge-state-${path.basename(parts.runFolder)}`.replace(/[^a-zA-Z0-9_.-]/g, '-'),
    org,
    orgs: Object.fromEntries(orgs),
  };
}

async function startKafka({ own, cache, environment, runFolder, stops }: GroundParts): Promise<readonly string[]> {
  if (own.brokers !== undefined) return own.brokers;
  const broker = await startBroker({ cache, environment, startProcess, runFolder: path.join(runFolder, 'broker') });
  await stops.add('broker', () => broker.stop());
  return [broker.bootstrapServers];
}

async function startAws({ own, cache, environment, runFolder, stops }: GroundParts): Promise<LocalAws> {
  const aws = await startLocalAws({
    cache,
    environment,
    startProcess,
    runFolder: path.join(runFolder, 'aws'),
    endpoint: own.awsEndpoint,
  });
  await stops.add('aws', () => aws.stop());
  return aws;
}

/** One org each; those of the user's own are all one. */
async function startOrgs({
  own,
  credentials,
  orgNames,
  metadataFolder,
  seed,
  runFolder,
  stops,
}: GroundParts): Promise<[string, OrgAccess][]> {
  const { salesforce } = own;
  if (salesforce !== undefined) return orgNames.map((name) => [name, { bridge: salesforce, hands: salesforce }]);
  return Promise.all(
    orgNames.map(async (name, index): Promise<[string, OrgAccess]> => {
      const folder = orgNames.length === 1 ? runFolder : path.join(runFolder, `org-${name}`);
      await mkdir(folder, { recursive: true });
      const org = await startOrgProcess({
        runFolder: folder,
        // Two orgs with the same random seed would have the same org ID.
        seed: { ...seed, settings: { ...seed?.settings, randomSeed: index + 1 } },
        ...(metadataFolder === undefined ? {} : { metadataFolder }),
        ...(credentials === undefined ? {} : { credentials }),
      });
      await stops.add('org', () => org.stop());
      return [name, org.access];
    }),
  );
}
