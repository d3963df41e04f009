import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

const networkActions = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
];

/**
 * The role of a sink's function, with what Lambda itself does in its name: network interfaces, and finding the cluster. What
 * the code does is granted where it belongs.
 */
export function createSinkRole(
  scope: Construct,
  { functionName, clusterArn }: { readonly functionName: string; readonly clusterArn: string | undefined },
): Role {
  const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  // Network interfaces of the function and of the event source mapping. None of these calls can be limited to a resource:
  // https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html
  role.addToPolicy(new PolicyStatement({ actions: networkActions, resources: ['*'] }));
  // But to a caller: Lambda makes these calls outside of the function, and then without the function's ARN.
  // https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
  const functionArn = Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: functionName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  role.addToPolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      actions: networkActions,
      resources: ['*'],
      conditions: { ArnLike: { 'lambda:SourceFunctionArn': [functionArn, `${functionArn}:*`] } },
    }),
  );
  acknowledge(role, {
    'AwsSolutions-IAM5[Resource::*]':
      'Lambda makes network interfaces for the function and its event source; EC2 offers no resource for these calls, and the code of the function is denied them.',
  });
  if (clusterArn !== undefined) {
    role.addToPolicy(
      new PolicyStatement({
        actions: ['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'],
        resources: [clusterArn],
      }),
    );
  }
  return role;
}
