import { Command } from 'commander';
import { checkDeployment, notesOn } from '../../infra/check-deployment.ts';
import { documentationAccount } from '../../infra/environment-settings.ts';
import { sinkNotes } from '../../shared/bridge/sink-notes.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { type DeploymentOptions, loadDeployment } from '../load-deployment.ts';
import { withDeployment } from './deployment-options.ts';

/** `bridge check`: whether definition and environment can be deployed. Asks neither AWS nor Salesforce. */
export function checkCommand(print: (text: string) => void): Command {
  return withDeployment(new Command('check'))
    .description('check the definition and an environment before a deploy; asks nobody')
    .action(async (options: DeploymentOptions) => {
      const { bridge, environment } = await loadDeployment(options);
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
      print(`${name}-${environment.name}: ${sources.length} source(s) and ${sinks.length} sink(s), nothing to mend\n`);
    });
}
