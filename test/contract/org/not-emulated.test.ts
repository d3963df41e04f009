import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await startTestOrg();
});
afterAll(() => org.close());

describe('what the org does not have', () => {
  it.each([
    '/services/data/v66.0/tooling/query?q=SELECT+Id+FROM+ApexClass',
    '/services/data/v66.0/analytics/reports',
    '/services/data/v66.0/connect/communities',
    '/services/data/v66.0/process/rules',
    '/services/apexrest/Orders',
    '/eventbus.v1.PubSub/Subscribe',
    '/services/oauth2/device',
  ])('answers like an unknown resource: %s', async (path) => {
    const { status, body } = await org.rest('GET', path);
    expect([404, 405]).toContain(status);
    expect(String(JSON.stringify(body))).not.toContain('at ');
  });
});
