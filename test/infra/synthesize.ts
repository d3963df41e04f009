import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { createBridgeStack } from '../../infra/bridge-stack.ts';
import type { EnvironmentInput } from '../../infra/environment-settings.ts';
import { parseEnvironment } from '../../infra/read-environment.ts';
import { changeDataCapture } from '../../shared/bridge/captures.ts';
import type { BridgeDefinition } from '../../shared/bridge/define-bridge.ts';
import { upsert } from '../../shared/bridge/targets.ts';

const cdkJson = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>;
};

export const account = '444455556666';
export const clusterArn = `arn:aws:kafka:eu-central-1:${account}:cluster/events/11111111-2222-3333-4444-555555555555-7`;
export const definitionFile = fileURLToPath(new URL('../../bridge.config.ts', import.meta.url));

const row = { steps: [] };

/** Two orgs and three sinks, so that a right of one is not a right of all. */
export const definition: BridgeDefinition = {
  name: 'shop',
  orgs: { main: {}, partner: {} },
  sources: {
    products: { org: 'main', capture: changeDataCapture('Product2'), topic: 'salesforce.products' },
  },
  sinks: {
    prices: {
      org: 'main',
      topic: 'erp.prices',
      write: upsert('PricebookEntry', { externalId: 'Key__c' }),
      transform: row,
    },
    stock: {
      org: 'partner',
      topic: 'erp.stock',
      write: upsert('Product2', { externalId: 'Key__c' }),
      transform: row,
      batch: { size: 200, windowSeconds: 5 },
      function: { timeoutSeconds: 300, memoryMb: 1024 },
    },
  },
};

/** An environment with everything that exists already: MSK with IAM, in a VPC. */
export const environment = {
  account,
  region: 'eu-central-1',
  network: {
    kind: 'existing' as const,
    vpcId: 'vpc-11111111',
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    subnetIds: ['subnet-11111111', 'subnet-22222222'],
  },
  cluster: { kind: 'msk' as const, arn: clusterArn, brokers: 'b-1.example:9098', securityGroupId: 'sg-11111111' },
} satisfies EnvironmentInput;

export interface Synthesized {
  readonly template: Template;
  readonly stack: Stack;
  readonly app: App;
}

/** The one stack of an environment, without bundles unless asked for. */
export function synthesize(
  changes: Partial<EnvironmentInput> = {},
  options: { readonly bridge?: BridgeDefinition; readonly name?: string; readonly bundle?: boolean } = {},
): Synthesized {
  const { bridge = definition, name = 'prod', bundle = false } = options;
  const app = createApp(bundle);
  createBridgeStack(app, {
    bridge,
    definition: definitionFile,
    environment: parseEnvironment(name, { ...environment, ...changes }),
    split: false,
  });
  const stack = app.node.findChild(`${bridge.name}-${name}`) as Stack;
  return { template: Template.fromStack(stack), stack, app };
}

export function createApp(bundle = false): App {
  return new App({
    outdir: mkdtempSync(path.join(tmpdir(), 'infra-test-')),
    context: { ...cdkJson.context, ...(bundle ? {} : { 'aws:cdk:bundling-stacks': [] }) },
  });
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** What the role with this part in its logical ID may do, as `action resource` lines. */
export function rightsOf(template: Template, rolePart: string): Map<string, string[]> {
  const rights = new Map<string, string[]>();
  for (const [id, { Properties: policy }] of Object.entries(template.findResources('AWS::IAM::Policy'))) {
    if (!id.includes(rolePart)) continue;
    for (const statement of policy['PolicyDocument'].Statement as Statement[]) {
      if (statement.Effect === 'Deny') continue;
      for (const action of [statement.Action].flat()) {
        const resources = [statement.Resource].flat().map(render);
        rights.set(action, [...(rights.get(action) ?? []), ...resources].sort());
      }
    }
  }
  return rights;
}

function render(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const { Ref: ref, 'Fn::GetAtt': attribute } = resource as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  return ref ?? attribute?.join('.') ?? JSON.stringify(resource);
}
