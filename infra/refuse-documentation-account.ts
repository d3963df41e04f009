import { Annotations, Aws, CfnRule, Fn, type Stack } from 'aws-cdk-lib';
import { documentationAccount, type Environment } from './environment-settings.ts';

/**
 * Lets a checkout with the account of AWS's documentation be synthesized and compared, and never deployed: it says so at
 * every synth, and the template itself fails its rule there. A rule is judged before anything is made, and Ref, which also
 * takes AWS::AccountId, works in every rule function but Fn::ValueOf:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-rules.html
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
 */
export function refuseDocumentationAccount(stack: Stack, { account, name }: Environment): void {
  if (account !== documentationAccount) return;
  const text = `environments.ts, ${name}.account: ${account} is the account of AWS's documentation; put in yours before a deploy`;
  Annotations.of(stack).addWarningV2('bridge:documentationAccount', text);
  new CfnRule(stack, 'OwnAccount', {
    assertions: [
      {
        assert: Fn.conditionNot(Fn.conditionEquals(Aws.ACCOUNT_ID, documentationAccount)),
        assertDescription: text,
      },
    ],
  });
}
