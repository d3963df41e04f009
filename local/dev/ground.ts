import path from 'node:path';
import type { SalesforceCredentials } from '../../shared/salesforce/auth/credentials.ts';
import { type LocalAws, startLocalAws } from '../aws/start-local-aws.ts';
import { startBroker } from '../broker/start-broker.ts';
import type { Environment } from '../cache.ts';
import { startProcess } from '../processes/start-process.ts';
import { type OrgAccess, startOrgProcess } from './org-process.ts';
import type { Progress } from './progress.ts';
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
  readonly org: OrgAccess;
}

interface GroundParts {
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
  const [brokers, aws, org] = await Promise.all([startKafka(parts), startAws(parts), startOrg(parts)]);
  progress.say(`Kafka       ${brokers.join(',')}${own.brokers ? '' : '  (Apache Kafka, local)'}`);
  progress.say(`AWS         ${aws.endpoint}${own.awsEndpoint ? '' : '  (table and secret, local)'}`);
  progress.say(`Salesforce  ${org.bridge.baseUri}${own.salesforce ? '' : '  (emulated org)'}`);
  return {
    brokers,
    sharedBrokers: own.brokers !== undefined,
    aws,
    sharedAws: own.awsEndpoint !== undefined,
    stateTable: `bridge-state-${path.basename(parts.runFolder)}`.replace(/[^a-zA-Z0-9_.-]/g, '-'),
    org,
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

async function startOrg({ own, credentials, runFolder, stops }: GroundParts): Promise<OrgAccess> {
  if (own.salesforce !== undefined) return { bridge: own.salesforce, hands: own.salesforce };
  const org = await startOrgProcess({ runFolder, ...(credentials === undefined ? {} : { credentials }) });
  await stops.add('org', () => org.stop());
  return org.access;
}
