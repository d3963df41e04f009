import { describe, expect, it } from 'vitest';
import { synthesize } from './synthesize.ts';

const outputsOf = (changes: Parameters<typeof synthesize>[0] = {}) =>
  Object.values((synthesize(changes).template.toJSON() as { Outputs: Record<string, object> }).Outputs);

describe('after a deploy the stack says', () => {
  it('where to look', () => {
    expect(outputsOf()).toContainEqual({
      Description: expect.any(String),
      Value:
        'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/shop-prod',
    });
  });

  it('which secrets to fill, and how; not those that exist', () => {
    const fill = (org: string) => ({
      Description: expect.stringContaining(`bridge credentials put --env prod --org ${org} < credentials.json`),
      Value: `shop/${org}/prod`,
    });
    expect(outputsOf()).toEqual(expect.arrayContaining([fill('main'), fill('partner')]));
    const secrets = { main: 'arn:aws:secretsmanager:eu-central-1:444455556666:secret:mine-AbCdEf' };
    expect(outputsOf({ secrets })).not.toContainEqual(fill('main'));
  });

  it('the address that Salesforce sees, where it is a fixed one', () => {
    const address = { Description: expect.stringContaining('login IP ranges'), Value: expect.anything() };
    expect(outputsOf({ network: { kind: 'create' } })).toContainEqual(address);
    expect(outputsOf()).not.toContainEqual(address);
  });
});
