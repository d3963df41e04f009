import { App } from 'aws-cdk-lib';
import * as z from 'zod';
import { parseBridge } from '../shared/bridge/define-bridge.ts';
import { createBridgeStack } from './bridge-stack.ts';
import { addChecks } from './checks.ts';
import { fitLocalCloud } from './fit-local-cloud.ts';
import definition from './local-definition.ts';
import { programFile } from './program-file.ts';
import { parseEnvironment } from './read-environment.ts';

// The very stacks of app.ts, for a cloud on this machine: see local/cloud. Everything that a real environment may import is
// imported, so that nothing has to be created that the local cloud does not know.

const settings = z
  .strictObject({
    brokers: z.string(),
    region: z.string(),
    account: z.string(),
    /** What the second deploy changes. */
    memoryMb: z.number(),
  })
  .parse(JSON.parse(process.env['LOCAL_CLOUD'] ?? '{}'));

const app = new App();
addChecks(app);
const bridge = {
  ...definition,
  sinks: Object.fromEntries(
    Object.entries(definition.sinks ?? {}).map(([name, sink]) => [
      name,
      { ...sink, function: { ...sink.function, memoryMb: settings.memoryMb } },
    ]),
  ),
};
parseBridge(bridge);
createBridgeStack(app, {
  bridge,
  definition: programFile('infra/local-definition'),
  environment: parseEnvironment('local', {
    account: settings.account,
    region: settings.region,
    protect: false,
    network: {
      kind: 'existing',
      vpcId: 'vpc-11111111',
      availabilityZones: [`${settings.region}a`, `${settings.region}b`],
      subnetIds: ['subnet-11111111', 'subnet-22222222'],
    },
    cluster: {
      kind: 'msk',
      arn: `arn:aws:kafka:${settings.region}:${settings.account}:cluster/local/11111111-2222-3333-4444-555555555555-1`,
      brokers: settings.brokers,
      securityGroupId: 'sg-11111111',
    },
    // Building it would need Docker; its content is tested in test/infra/programs.test.ts.
    poller: { image: 'local/poller:not-built' },
    logRetentionDays: 7,
  }),
  split: false,
});
fitLocalCloud(app);
