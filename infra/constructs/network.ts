import { CfnOutput, Stack } from 'aws-cdk-lib';
import {
  CfnEIP,
  CfnVPCEndpoint,
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  type ISecurityGroup,
  type IVpc,
  NatProvider,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { Network as NetworkSettings } from '../environment-settings.ts';

export interface NetworkProps {
  readonly settings: NetworkSettings;
  /** Whether poller or functions run in it, so that it needs a way to Salesforce; else only brokers do. */
  readonly programsInside: boolean;
  /** A VPC you have at hand, with private subnets that reach Salesforce; instead of the one that `settings` names. */
  readonly vpc?: IVpc | undefined;
  /** Kafka's ports, which the programs have to reach. */
  readonly kafkaPorts: readonly number[];
  readonly logRetention: RetentionDays;
  readonly encryptionKey?: IKey | undefined;
}

/** Where the programs run: a VPC with a way to Salesforce, and their security groups. */
export class Network extends Construct {
  readonly vpc: IVpc;
  /** Of the programs. */
  readonly subnets: SubnetSelection;
  /** Of a cluster made here: no way in or out but through the VPC. */
  readonly clusterSubnets: SubnetSelection;
  /** Tasks need one where there is no NAT gateway. */
  readonly assignPublicAddress: boolean;
  readonly securityGroups: readonly ISecurityGroup[];
  /** False when the security groups were given: their rules are somebody else's. */
  readonly ownsSecurityGroup: boolean;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const { settings } = props;
    this.assignPublicAddress =
      props.vpc === undefined && settings.kind === 'create' && settings.egress === 'publicAddress';
    if (props.vpc !== undefined) {
      this.vpc = props.vpc;
      this.subnets = { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
      this.clusterSubnets = this.subnets;
    } else if (settings.kind === 'create') {
      const nat = props.programsInside && settings.egress === 'nat';
      this.vpc = this.#createVpc(props, nat);
      this.clusterSubnets = { subnetType: nat ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED };
      this.subnets = this.assignPublicAddress ? { subnetType: SubnetType.PUBLIC } : this.clusterSubnets;
    } else {
      // By attributes: a lookup would need credentials at synth.
      this.vpc = Vpc.fromVpcAttributes(this, 'Vpc', {
        vpcId: settings.vpcId,
        availabilityZones: settings.availabilityZones,
        privateSubnetIds: settings.subnetIds,
      });
      acknowledge(this.vpc, {
        '@aws-cdk/aws-ec2:noSubnetRouteTableId':
          'Route tables are used where routeTableIds names them, not through the VPC.',
      });
      this.subnets = { subnets: this.vpc.privateSubnets };
      this.clusterSubnets = this.subnets;
      if (settings.routeTableIds !== undefined) this.#addTableEndpoint(settings.vpcId, settings.routeTableIds);
    }
    const given = settings.kind === 'existing' ? settings.securityGroupIds : undefined;
    this.ownsSecurityGroup = given === undefined;
    this.securityGroups =
      given === undefined
        ? [this.#createSecurityGroup(props.kafkaPorts)]
        : given.map((groupId) => SecurityGroup.fromSecurityGroupId(this, groupId, groupId, { mutable: false }));
  }

  #createVpc({ logRetention, encryptionKey }: NetworkProps, nat: boolean): IVpc {
    const vpc = new Vpc(this, 'Vpc', {
      maxAzs: 2,
      ...(nat ? this.#fixedEgress() : { natGateways: 0 }),
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        nat
          ? { name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 }
          : { name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
      // Free, and keeps the table's traffic away from the NAT gateway, which costs by the gigabyte.
      gatewayEndpoints: { Table: { service: GatewayVpcEndpointAwsService.DYNAMODB } },
    });
    const flowLogs = new LogGroup(this, 'FlowLogs', {
      retention: logRetention,
      ...(encryptionKey === undefined ? {} : { encryptionKey }),
    });
    vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(flowLogs) });
    // CDK's class and interface differ in whether vpnGatewayId may be undefined; strict optional types notice.
    return vpc as IVpc;
  }

  /** Salesforce profiles can restrict logins to addresses, so there is one that stays. */
  #fixedEgress() {
    const address = new CfnEIP(this, 'EgressAddress', { domain: 'vpc' });
    new CfnOutput(this, 'SalesforceSeesAddress', {
      value: address.attrPublicIp,
      description: 'Allow this address in the login IP ranges of the Salesforce integration user',
    });
    return {
      natGateways: 1,
      natGatewayProvider: NatProvider.gateway({ eipAllocationIds: [address.attrAllocationId] }),
    };
  }

  #addTableEndpoint(vpcId: string, routeTableIds: readonly string[]): void {
    new CfnVPCEndpoint(this, 'TableEndpoint', {
      vpcId,
      vpcEndpointType: 'Gateway',
      serviceName: `com.amazonaws.${Stack.of(this).region}.dynamodb`,
      routeTableIds: [...routeTableIds],
    });
  }

  #createSecurityGroup(kafkaPorts: readonly number[]): SecurityGroup {
    const group = new SecurityGroup(this, 'Programs', {
      vpc: this.vpc,
      description: 'Poller and sinks of the bridge: nothing comes in',
      allowAllOutbound: false,
    });
    group.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'Salesforce and AWS APIs');
    // Brokers' addresses are not known here; the cluster's own security group decides who gets in.
    for (const port of kafkaPorts) group.addEgressRule(Peer.anyIpv4(), Port.tcp(port), 'Kafka brokers');
    return group;
  }
}
