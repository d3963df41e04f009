import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import definition from '#bridge';
import { BridgeError } from '../shared/errors/bridge-error.ts';
import { createBridgeStack } from './bridge-stack.ts';
import { addChecks } from './checks.ts';
import { environments } from './environments.ts';
import { readDeployment } from './read-deployment.ts';
import { readSplit } from './read-split.ts';

// cdk deploy -c env=dev [-c split=true]

const app = new App();
addChecks(app);
try {
  const { environment } = readDeployment(definition, app.node.tryGetContext('env'), environments);
  createBridgeStack(app, {
    bridge: definition,
    definition: fileURLToPath(import.meta.resolve('#bridge')),
    environment,
    split: readSplit(app.node.tryGetContext('split')),
  });
  app.synth();
} catch (error) {
  if (!(error instanceof BridgeError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 1;
}
