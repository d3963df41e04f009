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
import json, re, sys, time
import requests
import simple_salesforce.bulk, simple_salesforce.bulk2
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

url, ca, key, secret, username, password, security_token, key_file = sys.argv[1:9]

# The client looks at its jobs every few seconds only.
pause = lambda seconds: time.sleep(min(seconds, 0.2))
simple_salesforce.bulk.sleep = simple_salesforce.bulk2.sleep = pause

class Redirected(requests.Session):
    'Asks the org whatever Salesforce host the client wants.'
    def request(self, method, address, **options):
        return super().request(method, re.sub(r'^https://[a-z.]+[.]salesforce[.]com', url, address), **options)

session = Redirected()
session.verify = ca
# Certificates and proxies of the surroundings would win over the org's own.
session.trust_env = False
form = {'grant_type': 'client_credentials', 'client_id': key, 'client_secret': secret}
token = session.post(url + '/services/oauth2/token', data=form).json()['access_token']
sf = Salesforce(instance_url=url, session_id=token, session=session, version='60.0')
seen = {}
by_soap = Salesforce(username=username, password=password, security_token=security_token, session=session, version='59.0')
seen['soap'] = by_soap.oauth2('userinfo')['preferred_username'] == username
by_key = Salesforce(username=username, consumer_key=key, privatekey_file=key_file, session=session)
seen['jwt'] = by_key.is_sandbox()
seen['bulk'] = [row['success'] for row in sf.bulk.Lead.insert([{'LastName': 'a', 'Company': 'c'}, {'LastName': 'b'}])]
seen['bulk rows'] = [row['LastName'] for row in sf.bulk.Lead.query('SELECT Id, LastName FROM Lead')]
leads = [{'LastName': 'x', 'Company': 'c', 'External_Id__c': 'x'}, {'LastName': '', 'Company': 'c', 'External_Id__c': 'y'}]
[job] = sf.bulk2.Lead.upsert(records=leads, external_id_field='External_Id__c')
seen['bulk 2'] = [job['numberRecordsProcessed'], job['numberRecordsFailed']]
results = sf.bulk2.Lead.get_all_ingest_records(job['job_id'])
seen['bulk 2 results'] = {kind: [row['External_Id__c'] for row in rows] for kind, rows in results.items()}
seen['bulk 2 query'] = len(list(sf.bulk2.Lead.query('SELECT Id FROM Lead', max_records=1)))
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
  it('logs in, writes, reads, runs bulk jobs and is refused like on a real org', async (context) => {
    if (typeof python !== 'string') return context.skip(python.missing);
    org = await startOrg({ tls: true, keyFolder: folder });
    const { clientId, clientSecret, username, password, securityToken, jwtPrivateKeyFile = '' } = org.credentials;
    const login = [clientId, clientSecret, username, password, securityToken, jwtPrivateKeyFile];
    const { stdout } = await run(python, ['-c', program, org.instanceUrl, org.caFile ?? '', ...login]);
    expect(JSON.parse(stdout)).toEqual({
      soap: true,
      jwt: false,
      bulk: [true, false],
      'bulk rows': ['a'],
      'bulk 2': [2, 1],
      'bulk 2 results': { successfulRecords: ['x'], failedRecords: ['y'], unprocessedRecords: [] },
      'bulk 2 query': 2,
      created: true,
      upserted: 200,
      read: 'x',
      query: ['from Python'],
      describe: 'Account',
      limits: true,
      refused: 'REQUIRED_FIELD_MISSING',
      missing: 404,
    });
  }, 60_000);
});
