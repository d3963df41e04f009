import type { Command } from 'commander';

/** The options that say which bridge and which environment a command is about. */
export function withDeployment(command: Command): Command {
  return command
    .requiredOption('--env <name>', 'environment, such as dev')
    .option('--bridge <file>', 'definition file', 'bridge.config.ts')
    .option('--environments <file>', 'file that exports environments', 'infra/environments.ts');
}
