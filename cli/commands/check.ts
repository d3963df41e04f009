import { Command } from 'commander';
import { checkDeployment, notesOn } from '../../infra/check-deployment.ts';
import { documentationAccount } from '../../infra/environment-settings.ts';
import type { Deployment } from '../../infra/read-deployment.ts';
import { sinkNotes } from '../../shared/bridge/sink-notes.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { type Connections, checkConnections } from '../check-connections.ts';
import { type DeploymentOptions, loadDeployment } from '../load-deployment.ts';
import { withDeployment } from './deployment-options.ts';

interface CheckParts {
  readonly print: (text: string) => void;
  readonly connect: (deployment: Deployment, brokers: string | undefined) => Connections;
}

interface CheckOptions extends DeploymentOptions {
  readonly connect: boolean;
  readonly brokers?: string;
}

/** `bridge check`: whether definition and environment can be deployed and, if asked, whether what is deployed can connect. */
export function checkCommand({ print, connect }: CheckParts): Command {
  return withDeployment(new Command('check'))
    .description('check the definition and an environment before a deploy; asks nobody unless told to connect')
    .option(
      '--connect',
      'also log in to Kafka and Salesforce, with the secrets of the environment; changes nothing',
      false,
    )
    .option('--brokers <list>', 'with --connect: host:port,… to begin with (default: those of the environment)')
    .action(async (options: CheckOptions) => {
      const deployment = await loadDeployment(options);
      const { bridge, environment } = deployment;
      checkDeployment(bridge, environment);
      if (environment.account === documentationAccount) {
        throw new BridgeError(
          'SKB_CONFIG_INVALID',
          `${options.environments}, ${environment.name}.account: ${documentationAccount} is the account of AWS's documentation; put in yours before a deploy`,
        );
      }
      for (const note of notesOn(bridge, environment)) print(`${note}\n`);
      const { name, sources, sinks } = bridge;
      for (const { text } of sinkNotes(sinks)) print(`Note: ${text}\n`);
      if (options.connect) await refuseBrokenConnections(deployment, connect(deployment, options.brokers));
      print(
        `${name}-${environment.name}: ${sources.length} source(s) and ${sinks.length} sink(s), ` +
          `${options.connect ? 'connected to Kafka and Salesforce, ' : ''}nothing to mend\n`,
      );
    });
}

async function refuseBrokenConnections(deployment: Deployment, connections: Connections): Promise<void> {
  const problems = await checkConnections(deployment, connections);
  if (problems.length === 0) return;
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  throw new BridgeError('SKB_CONFIG_INVALID', `Connecting met ${count}:\n  ${problems.join('\n  ')}`, {
    context: { problems },
  });
}
