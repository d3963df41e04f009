import { has, never, one, type Rule, type TemplateJson } from './rule.ts';
import { clusterArn } from './synthesize.ts';

const topic = (name: string) => `${clusterArn.replace(':cluster/', ':topic/')}/${name}`;
const group = (name: string) => `${clusterArn.replace(':cluster/', ':group/')}/${name}`;
const transactionalIdArn = `${clusterArn.replace(':cluster/', ':transactional-id/')}/shop.prod.main.data.Product2ChangeEvent`;

/** What each program may do, in a deployment of two orgs, one source and two sinks: see synthesize.ts. */
export const rightsRules: readonly Rule[] = [
  exactRights(
    'the poller publishes and looks back in its own topics, under its own IDs, and nothing else',
    'PollerTaskTaskRole',
    {
      'kafka-cluster:WriteData': ['salesforce.products', 'salesforce.products.dead-letter'].map(topic),
      'kafka-cluster:ReadData': ['salesforce.products', 'salesforce.products.dead-letter'].map(topic),
      'kafka-cluster:AlterTransactionalId': [transactionalIdArn],
      'kafka-cluster:DescribeTransactionalId': [transactionalIdArn],
      'kafka-cluster:WriteDataIdempotently': [clusterArn],
    },
  ),
  ...['prices', 'stock'].map((sink) =>
    exactRights(
      `sink ${sink} reads its topic as its group and writes its dead letters, and nothing else`,
      `Sink${sink}`,
      {
        'kafka-cluster:ReadData': [topic(`erp.${sink}`)],
        'kafka-cluster:AlterGroup': [group(`shop.${sink}`)],
        'kafka-cluster:DescribeGroup': [group(`shop.${sink}`)],
        'kafka-cluster:WriteData': [topic(`erp.${sink}.dead-letter`)],
        'kafka-cluster:DescribeTopic': [topic(`erp.${sink}`), topic(`erp.${sink}.dead-letter`)],
        'kafka-cluster:WriteDataIdempotently': [clusterArn],
      },
    ),
  ),
  never({
    says: 'no right is for everything, except where the service offers no resource',
    problems: (template) =>
      granted(template).flatMap(({ id, actions, resources }) =>
        actions.flatMap((action) => {
          if (action.includes('*')) return [`${id}: ${action}`];
          return resources.includes('*') && !withoutResource.includes(action) ? [`${id}: ${action} on *`] : [];
        }),
      ),
    broken: {
      'an action with a star': (template) => grant(template, 'dynamodb:*', 'x'),
      'a right on every topic': (template) => grant(template, 'kafka-cluster:WriteData', '*'),
      'a right on every secret': (template) => grant(template, 'secretsmanager:GetSecretValue', '*'),
    },
  }),
  never({
    says: "the code of a function may not do what has no resource; only Lambda may, on the function's behalf",
    problems: (template) =>
      granted(template)
        .filter(({ id, resources }) => id.includes('Sink') && resources.includes('*'))
        .flatMap(({ id, actions }) => actions.filter((action) => !deniedToFunction(template, id).includes(action))),
    broken: {
      'nothing denied': (template) => changeDenials(template, (all) => all.length === 0),
      'one action not denied': (template) =>
        changeDenials(template, (all) => {
          for (const each of all) each.Action = [each.Action].flat().slice(1);
          return true;
        }),
      'denied to nobody': (template) =>
        changeDenials(template, (all) => {
          for (const each of all) Object.assign(each, { Condition: { ArnLike: { 'lambda:SourceFunctionArn': 'x' } } });
          return true;
        }),
    },
  }),
  has({
    says: 'every role may do things on items of its own only',
    type: 'AWS::IAM::Policy',
    where: (resource) => JSON.stringify(resource).includes('dynamodb:'),
    count: 3,
    properties: {
      'Properties.PolicyDocument.Statement': (all: Record<string, unknown>[]) =>
        all
          .filter(({ Action: action }) => JSON.stringify(action).includes('dynamodb:'))
          .every(({ Condition: condition }) => JSON.stringify(condition)?.includes('dynamodb:LeadingKeys')),
    },
  }),
];

/** https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html */
export const withoutResource: readonly string[] = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
  'ecr:GetAuthorizationToken',
];

interface PolicyStatement {
  readonly Effect?: string;
  Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

interface StatementOfRole {
  readonly id: string;
  /** To whom, where it takes a right away. */
  readonly denied: string | undefined;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

function statements(template: TemplateJson): StatementOfRole[] {
  return Object.entries(template.Resources)
    .filter(([, { Type: type }]) => type === 'AWS::IAM::Policy')
    .flatMap(([id, { Properties: policy }]) =>
      (policy['PolicyDocument'] as { Statement: PolicyStatement[] }).Statement.map((each) => ({
        id,
        denied: each.Effect === 'Deny' ? JSON.stringify(each.Condition) : undefined,
        actions: [each.Action].flat(),
        resources: [each.Resource].flat().map((one) => (typeof one === 'string' ? one : JSON.stringify(one))),
      })),
    );
}

const granted = (template: TemplateJson) => statements(template).filter(({ denied }) => denied === undefined);

/** What the policy of a sink's role takes away from the function of that name. */
function deniedToFunction(template: TemplateJson, policyId: string): string[] {
  const sink = /Sink(prices|stock)/.exec(policyId)?.[1];
  const names = (condition: string) =>
    condition.includes('lambda:SourceFunctionArn') && condition.includes(`shop-prod-${sink}`);
  return statements(template).flatMap(({ id, denied, actions }) =>
    id === policyId && denied !== undefined && names(denied) ? actions : [],
  );
}

function changeDenials(template: TemplateJson, keep: (denials: PolicyStatement[]) => boolean): void {
  for (const { Type: type, Properties: policy } of Object.values(template.Resources)) {
    if (type !== 'AWS::IAM::Policy') continue;
    const document = policy['PolicyDocument'] as { Statement: PolicyStatement[] };
    const denials = document.Statement.filter(({ Effect: effect }) => effect === 'Deny');
    if (!keep(denials)) document.Statement = document.Statement.filter((each) => !denials.includes(each));
  }
}

function grant(template: TemplateJson, action: string, resource: string): void {
  const policy = one(template, 'AWS::IAM::Policy').Properties['PolicyDocument'] as { Statement: object[] };
  policy.Statement.push({ Effect: 'Allow', Action: action, Resource: resource });
}

/** These rights on exactly these resources, in the policy with this part in its logical ID. */
function exactRights(says: string, idPart: string, expected: Readonly<Record<string, readonly string[]>>): Rule {
  const resourcesOf = (template: TemplateJson, action: string) =>
    granted(template)
      .filter(({ id, actions }) => id.includes(idPart) && actions.includes(action))
      .flatMap(({ resources }) => resources)
      .sort();
  const policyOf = (template: TemplateJson) =>
    Object.entries(template.Resources).find(
      ([id, { Type: type }]) => type === 'AWS::IAM::Policy' && id.includes(idPart),
    )?.[1].Properties['PolicyDocument'] as { Statement: { Action: string | string[]; Resource: unknown }[] };
  return never({
    says,
    problems: (template) =>
      Object.entries(expected).flatMap(([action, resources]) => {
        const actual = resourcesOf(template, action);
        return actual.join() === [...resources].sort().join() ? [] : [`${action}: ${actual.join(', ') || 'nothing'}`];
      }),
    broken: Object.fromEntries(
      Object.keys(expected).flatMap((action) => [
        [
          `without ${action}`,
          (template: TemplateJson) => {
            for (const each of policyOf(template).Statement)
              each.Action = [each.Action].flat().filter((a) => a !== action);
          },
        ],
        [
          `${action} on something else as well`,
          (template: TemplateJson) => {
            policyOf(template).Statement.push({ Action: action, Resource: topic('of.others') });
          },
        ],
      ]),
    ),
  });
}
