import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import definition from '#bridge';
import { BridgeError } from '../shared/errors/bridge-error.ts';
import { createBridgeStack } from './bridge-stack.ts';
import { addChecks } from './checks.ts';
import { environments } from './environments.ts';
import { readEnvironment } from './read-environment.ts';

// cdk deploy -c env=dev [-c split=true]

const app = new App();
addChecks(app);
try {
  createBridgeStack(app, {
    bridge: definition,
    definition: fileURLToPath(import.meta.resolve('#bridge')),
    environment: readEnvironment(app.node.tryGetContext('env'), environments),
    split: ['true', true].includes(app.node.tryGetContext('split')),
  });
  app.synth();
} catch (error) {
  if (!(error instanceof BridgeError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 1;
}
