import { Match } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { synthesize } from './synthesize.ts';

// https://docs.aws.amazon.com/lambda/latest/dg/with-msk-cluster-network.html
it('lets event sources, which carry the security group of the cluster that is made, go out to the brokers and in', () => {
  const { template } = synthesize(
    { network: { kind: 'create' }, cluster: { kind: 'create' }, topics: { create: 'all', replicationFactor: 2 } },
    { name: 'dev' },
  );
  const [brokers] = Object.entries(template.findResources('AWS::EC2::SecurityGroup'))
    .filter(([, group]) => group['Properties'].GroupDescription === 'MSK brokers of the bridge')
    .map(([id]) => ({ 'Fn::GetAtt': [id, 'GroupId'] }));
  expect(brokers).toBeDefined();
  const onIamPort = { IpProtocol: 'tcp', FromPort: 9098, ToPort: 9098 };
  template.hasResourceProperties(
    'AWS::EC2::SecurityGroupIngress',
    Match.objectLike({ ...onIamPort, GroupId: brokers, SourceSecurityGroupId: brokers }),
  );
  template.hasResourceProperties(
    'AWS::EC2::SecurityGroupEgress',
    Match.objectLike({ ...onIamPort, GroupId: brokers, DestinationSecurityGroupId: brokers }),
  );
});
