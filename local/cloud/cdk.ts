import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AwsAccess } from '../aws/start-local-aws.ts';
import type { Environment } from '../cache.ts';
import { runTool } from '../processes/run-tool.ts';
import { startProcess } from '../processes/start-process.ts';

export interface CdkSettings {
  readonly aws: AwsAccess;
  /** Where PATH and the like are found. */
  readonly environment: Environment;
  readonly runFolder: string;
}

/** What the app of the local cloud reads: infra/local-app.ts. */
export interface LocalCloudSettings {
  readonly brokers: string;
  readonly region: string;
  readonly account: string;
  readonly memoryMb: number;
}

export type RunCdk = (name: string, args: readonly string[], settings?: LocalCloudSettings) => Promise<void>;

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Runs the real `cdk` against a local AWS. Fails with the end of its output, which stays in `cdk-<name>.log`. */
export function createRunCdk({ aws, environment, runFolder }: CdkSettings): RunCdk {
  const bin = path.join(repository, 'node_modules/.bin');
  return (name, args, settings) =>
    runTool(startProcess, {
      name: `cdk ${name}`,
      command: process.execPath,
      args: [path.join(repository, 'node_modules/aws-cdk/bin/cdk'), ...args],
      env: {
        ...environment,
        PATH: `${bin}${path.delimiter}${environment['PATH']}`,
        ...aws.credentialsEnv,
        AWS_DEFAULT_REGION: aws.region,
        // Nothing but the local cloud is to be asked: no instance metadata, no notices, no usage reports.
        AWS_EC2_METADATA_DISABLED: 'true',
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        CI: 'true',
        NO_COLOR: '1',
        ...(settings === undefined ? {} : { LOCAL_CLOUD: JSON.stringify(settings) }),
      },
      // Without an app there is nothing to read from cdk.json, and bootstrapping needs none.
      cwd: settings === undefined ? runFolder : repository,
      logFile: path.join(runFolder, `cdk-${name}.log`),
      stopGraceMs: 10_000,
    });
}
