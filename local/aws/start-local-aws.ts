import { mkdir } from 'node:fs/promises';
import { type MiniStackSettings, startMiniStack } from './ministack.ts';

export interface LocalAwsSettings extends Omit<MiniStackSettings, 'region'> {
  /** An AWS that runs already (AWS_ENDPOINT_URL); nothing is started then. */
  readonly endpoint?: string | undefined;
  /** @default 'us-east-1' */
  readonly region?: string | undefined;
}

export interface AwsAccess {
  readonly endpoint: string;
  readonly region: string;
  /** What a program needs in its environment so that its SDK talks to this AWS. */
  readonly credentialsEnv: Readonly<Record<string, string>>;
}

export interface LocalAws extends AwsAccess {
  stop(): Promise<void>;
}

/** The AWS of a local run: the given endpoint, or a MiniStack of its own. */
export async function startLocalAws(settings: LocalAwsSettings): Promise<LocalAws> {
  const { environment, region = environment['AWS_REGION'] || 'us-east-1' } = settings;
  if (settings.endpoint) {
    return { ...access(settings.endpoint, region, environment), stop: async () => undefined };
  }
  await mkdir(settings.runFolder, { recursive: true });
  const { endpoint, process } = await startMiniStack({ ...settings, region });
  return { ...access(endpoint, region, {}), stop: () => process.stop() };
}

/** Any credentials do for MiniStack and LocalStack; another endpoint may want the caller's own. */
function access(endpoint: string, region: string, environment: LocalAwsSettings['environment']): AwsAccess {
  const session = environment['AWS_SESSION_TOKEN'];
  const credentialsEnv = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: environment['AWS_ACCESS_KEY_ID'] || 'local',
    AWS_SECRET_ACCESS_KEY: environment['AWS_SECRET_ACCESS_KEY'] || 'local',
    ...(session ? { AWS_SESSION_TOKEN: session } : {}),
  };
  return { endpoint, region, credentialsEnv };
}
