import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchOnce } from '../../../local/cache.ts';
import { type StartedOrg, startOrg } from '../../../local/org/org.ts';

const run = promisify(execFile);
const client = 'simple-salesforce==1.12.9';
const setUpMs = 120_000;

/** What a Python program does with the org, over https and with the authority the org made. */
const program = `
import json, sys
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

url, ca, key, secret = sys.argv[1:5]
session = requests.Session()
session.verify = ca
# Certificates and proxies of the surroundings would win over the org's own.
session.trust_env = False
form = {'grant_type': 'client_credentials', 'client_id': key, 'client_secret': secret}
token = session.post(url + '/services/oauth2/token', data=form).json()['access_token']
sf = Salesforce(instance_url=url, session_id=token, session=session, version='60.0')
seen = {}
seen['created'] = sf.Account.create({'Name': 'from Python', 'External_Id__c': 'py/1'})['success']
seen['upserted'] = sf.Account.upsert('External_Id__c/py%2F1', {'Site': 'x'})
seen['read'] = sf.Account.get_by_custom_id('External_Id__c', 'py/1')['Site']
seen['query'] = [row['Name'] for row in sf.query_all("SELECT Name FROM Account WHERE Site = 'x'")['records']]
seen['describe'] = sf.Account.describe()['name']
seen['limits'] = 'DailyApiRequests' in sf.limits()
try:
    sf.Contact.create({})
except SalesforceMalformedRequest as error:
    seen['refused'] = error.content[0]['errorCode']
try:
    sf.Account.get('001000000000001')
except SalesforceResourceNotFound as error:
    seen['missing'] = error.status
print(json.dumps(seen))
`;

let org: StartedOrg | undefined;
let folder: string;
let python: string | { readonly missing: string };

/** A virtual environment with the client, made once; or why it cannot be had. */
async function environment(): Promise<string | { readonly missing: string }> {
  const cache = join(import.meta.dirname, '../../../.cache');
  try {
    const made = await fetchOnce(cache, 'simple-salesforce-1.12.9', async (place) => {
      await run('python3', ['-m', 'venv', place]);
      await run(join(place, 'bin/python'), ['-m', 'pip', 'install', '--quiet', client]);
    });
    return join(made, 'bin/python');
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return { missing: `${client} cannot be installed here: ${reason}` };
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'org-'));
  python = await environment();
}, setUpMs);
afterAll(async () => {
  await org?.close();
  await rm(folder, { recursive: true });
});

describe('a Python client over https', () => {
  it('creates, upserts, reads, queries and is refused like on a real org', async (context) => {
    if (typeof python !== 'string') return context.skip(python.missing);
    org = await startOrg({ tls: true, keyFolder: folder });
    const { clientId, clientSecret } = org.credentials;
    const { stdout } = await run(python, ['-c', program, org.instanceUrl, org.caFile ?? '', clientId, clientSecret]);
    expect(JSON.parse(stdout)).toEqual({
      created: true,
      upserted: 200,
      read: 'x',
      query: ['from Python'],
      describe: 'Account',
      limits: true,
      refused: 'REQUIRED_FIELD_MISSING',
      missing: 404,
    });
  });
});
