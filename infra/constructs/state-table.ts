import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { grantKey } from './grant-key.ts';

export interface StateTableProps {
  readonly tableName: string;
  /** Keeps the table when the stack goes, and refuses to delete it. */
  readonly protect: boolean;
  /** @default a key that AWS owns */
  readonly encryptionKey?: IKey | undefined;
}

/** Positions, settled offsets and remembered values. Losing it means reading every channel and topic again. */
export class StateTable extends Construct {
  readonly table: TableV2;
  readonly #key: IKey | undefined;

  constructor(scope: Construct, id: string, { tableName, protect, encryptionKey }: StateTableProps) {
    super(scope, id);
    this.#key = encryptionKey;
    this.table = new TableV2(this, 'Table', {
      // Named, so that an accidental replacement fails (the name is taken) instead of starting with an empty table.
      tableName,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: protect,
      removalPolicy: protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(encryptionKey === undefined ? {} : { encryption: TableEncryptionV2.customerManagedKey(encryptionKey) }),
    });
  }

  /** Lets a program do these calls on items whose partition key begins with one of these prefixes, and on no others. */
  grantItems(grantee: IGrantable, actions: readonly string[], prefixes: readonly string[]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: actions.map((action) => `dynamodb:${action}`),
        resources: [this.table.tableArn],
        // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': prefixes.map((prefix) => `${prefix}*`) } },
      }),
    );
    grantKey(grantee, this.#key, 'useTable');
  }
}
