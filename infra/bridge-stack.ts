import { type App, type Environment as CdkEnvironment, PermissionsBoundary, Stack, Tags } from 'aws-cdk-lib';
import type { BridgeDefinition } from '../shared/bridge/define-bridge.ts';
import { SalesforceKafkaBridge } from './constructs/salesforce-kafka-bridge.ts';
import type { Environment } from './environment-settings.ts';
import { deploymentName } from './names.ts';
import { refuseDocumentationAccount } from './refuse-documentation-account.ts';

export interface BridgeStackProps {
  readonly bridge: BridgeDefinition;
  readonly definition: string;
  readonly environment: Environment;
  /** Three stacks instead of one: what holds data, what runs, what watches. */
  readonly split: boolean;
}

/** The stack of one environment, `<bridge>-<environment>`. */
export function createBridgeStack(app: App, props: BridgeStackProps): SalesforceKafkaBridge {
  const { bridge, definition, environment, split } = props;
  const name = deploymentName(bridge.name, environment.name);
  const running = createStack(app, name, 'Salesforce-Kafka bridge', environment);
  const scopes = split
    ? {
        state: createStack(app, `${name}-state`, 'Salesforce-Kafka bridge: what holds data', environment),
        monitoring: createStack(
          app,
          `${name}-monitoring`,
          'Salesforce-Kafka bridge: dashboard and alarms',
          environment,
        ),
      }
    : {};
  return new SalesforceKafkaBridge(running, 'Bridge', { bridge, definition, environment, scopes });
}

function createStack(app: App, id: string, description: string, environment: Environment): Stack {
  const { account, region, permissionsBoundaryArn, protect, tags } = environment;
  const env: CdkEnvironment = { ...(account && { account }), ...(region && { region }) };
  const stack = new Stack(app, id, {
    description,
    env,
    terminationProtection: protect,
    ...(permissionsBoundaryArn === undefined
      ? {}
      : { permissionsBoundary: PermissionsBoundary.fromArn(permissionsBoundaryArn) }),
  });
  for (const [key, value] of Object.entries({ environment: environment.name, ...tags })) {
    // Tags of dashboards are newer than what template checkers know.
    Tags.of(stack).add(key, value, { excludeResourceTypes: ['AWS::CloudWatch::Dashboard'] });
  }
  refuseDocumentationAccount(stack, environment);
  return stack;
}
