import { type App, Aspects, CfnResource, type IAspect } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

/**
 * What a local cloud (MiniStack 1.5) does not know. It refuses a whole template for one unknown type, so these are left out
 * of the local deployment, and of that only; what they say is proven by the assertions in test/infra.
 */
export const unknownTypes: Readonly<Record<string, string>> = {
  'AWS::MSK::Topic': 'MSK is not there; the topics are made on the local broker.',
  'AWS::EC2::SecurityGroupIngress': 'Rules on a group of somebody else are not there; nothing is filtered locally.',
};

/** Leaves out what a local cloud does not know, and lets the functions log in to the local broker, which has no login. */
export function fitLocalCloud(app: App): void {
  Aspects.of(app).add(new FitLocalCloud());
}

class FitLocalCloud implements IAspect {
  visit(node: IConstruct): void {
    if (node instanceof CfnFunction) node.addPropertyOverride('Environment.Variables.KAFKA_AUTH', 'none');
    if (!CfnResource.isCfnResource(node) || !(node.cfnResourceType in unknownTypes)) return;
    node.node.scope?.node.tryRemoveChild(node.node.id);
  }
}
