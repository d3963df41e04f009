import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createControlClient, type OrgControlClient } from '../../../local/org/control-client.ts';
import { type EventMessage, openClient } from './events-support.ts';
import { collect, startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
let control: OrgControlClient;
beforeAll(async () => {
  org = await startTestOrg({
    seed: {
      customFields: { Account: [{ name: 'Score__c', type: 'number', precision: 5 }] },
      validationRules: [
        {
          object: 'Account',
          name: 'Score',
          formula: 'AND(NOT(ISBLANK(Score__c)), Score__c > 100)',
          message: 'The score goes up to 100.',
          field: 'Score__c',
        },
        { object: 'Account', name: 'Named', formula: 'BEGINS(Name, "bad")', message: 'That name will not do.' },
        {
          object: 'Contact',
          name: 'Function',
          formula: ({ after }) => after['LastName'] === 'Nobody',
          message: 'Nobody cannot be.',
        },
      ],
    },
  });
  control = createControlClient(org.controlUrl);
});
afterAll(() => org.close());

async function create(object: string, record: object): Promise<string> {
  const { body, status } = await org.rest('POST', `sobjects/${object}`, record);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return (body as { id: string }).id;
}

describe('validation rules', () => {
  it.each([
    ['Account', { Name: 'a', Score__c: 101 }, 'The score goes up to 100.', ['Score__c']],
    ['Account', { Name: 'bad' }, 'That name will not do.', []],
    ['Contact', { LastName: 'Nobody' }, 'Nobody cannot be.', []],
  ])('refuse a %s of %j', async (object, record, message, fields) => {
    expect(await org.rest('POST', `sobjects/${object}`, record)).toMatchObject({
      status: 400,
      body: [{ errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message, fields }],
    });
  });

  it('hold for updates, and come and go while the org runs', async () => {
    const id = await create('Account', { Name: 'good', Score__c: 100 });
    expect((await org.rest('PATCH', `sobjects/Account/${id}`, { Score__c: 101 })).status).toBe(400);
    const setRule = { name: 'Frozen', formula: 'ISCHANGED(Site)', message: 'The site stays.' };
    await control.changeMetadata({ object: 'Account', setRule });
    expect((await org.rest('PATCH', `sobjects/Account/${id}`, { Site: 'x' })).body).toMatchObject([
      { message: 'The site stays.' },
    ]);
    await control.changeMetadata({ object: 'Account', removeRule: 'Frozen' });
    expect((await org.rest('PATCH', `sobjects/Account/${id}`, { Site: 'x' })).status).toBe(204);
  });
});

describe('metadata', () => {
  it('changes while the org runs: a field comes, changes its type and goes', async () => {
    const id = await create('Lead', { LastName: 'l', Company: 'c' });
    const path = `sobjects/Lead/${id}`;
    expect((await org.rest('PATCH', path, { Level__c: '7' })).status).toBe(400);
    await control.changeMetadata({ object: 'Lead', setField: { name: 'Level__c', type: 'text', externalId: true } });
    expect((await org.rest('PATCH', path, { Level__c: '7' })).status).toBe(204);
    expect((await org.rest('GET', 'sobjects/Lead/Level__c/7')).body).toMatchObject({ Id: id, Level__c: '7' });
    await control.changeMetadata({ object: 'Lead', setField: { name: 'Level__c', type: 'number' } });
    expect((await org.rest('GET', path)).body).toMatchObject({ Level__c: 7 });
    await control.changeMetadata({ object: 'Lead', removeField: 'Level__c' });
    expect((await org.rest('GET', path)).body).not.toHaveProperty('Level__c');
    const describe = await org.rest('GET', 'sobjects/Lead/describe');
    expect(JSON.stringify(describe.body)).not.toContain('Level__c');
  });

  it('refuses what is not there', async () => {
    await expect(control.changeMetadata({ object: 'Nope' })).rejects.toThrow('There is no object Nope');
    await expect(control.changeMetadata({ object: 'Lead', removeField: 'Name' })).rejects.toThrow(
      'no custom field Name',
    );
    const setRule = { name: 'x', formula: 'AND(', message: 'x' };
    await expect(control.changeMetadata({ object: 'Lead', setRule })).rejects.toThrow('setRule.formula');
  });
});

describe('state', () => {
  it('goes back to a snapshot, and goes on with new IDs', async () => {
    const id = await create('Account', { Name: 'kept', External_Id__c: 'kept' });
    const snapshot = await control.snapshot();
    await org.rest('PATCH', `sobjects/Account/${id}`, { Name: 'changed' });
    const later = await create('Account', { Name: 'later' });
    await control.restore(snapshot);
    expect((await org.rest('GET', 'sobjects/Account/External_Id__c/kept')).body).toMatchObject({
      Id: id,
      Name: 'kept',
    });
    expect((await org.rest('GET', `sobjects/Account/${later}`)).status).toBe(404);
    expect(await create('Account', { Name: 'new' })).not.toBe(id);
  });

  it('is saved to a file at the end and loaded at the next start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'org-'));
    try {
      const stateFile = join(folder, 'state.json');
      const first = await startTestOrg({ stateFile });
      await first.rest('POST', 'sobjects/Account', { Name: 'saved', External_Id__c: 'saved' });
      await first.close();
      const second = await startTestOrg({ stateFile });
      const found = await second.rest('GET', 'sobjects/Account/External_Id__c/saved');
      const books = second.control.rows('Pricebook2');
      await second.close();
      expect(found.body).toMatchObject({ Name: 'saved' });
      expect(books).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a state file', () => {
  it('goes on with the events and replay IDs of the last run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'org-'));
    const stateFile = join(folder, 'state.json');
    const channel = '/data/AccountChangeEvent';
    const run = async (name: string, replay: number) => {
      const other = await startTestOrg({ stateFile });
      try {
        const { probe, clientId } = await openClient(other);
        expect(await probe.subscribe(clientId, channel, replay)).toMatchObject({ successful: true });
        await other.rest('POST', 'sobjects/Account', { Name: name });
        const events = (await collect(probe, clientId, 1)) as unknown as EventMessage[];
        // What is written right before the end is published too.
        await other.rest('POST', 'sobjects/Account', { Name: `${name}, last` });
        return events.map(({ data }) => ({ name: data.payload['Name'], replayId: data.event.replayId }));
      } finally {
        await other.close();
      }
    };
    try {
      const [first] = await run('first', -1);
      const second = await run('second', first?.replayId ?? 0);
      expect(second[0]?.name).toBe('first, last');
      expect(second[0]?.replayId).toBeGreaterThan(first?.replayId ?? 0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('refresh tokens', () => {
  it('come from the control API', async () => {
    const { refreshToken } = await control.issueRefreshToken();
    const { clientId } = org.credentials;
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId };
    const body = new URLSearchParams(form);
    const answer = await fetch(`${org.instanceUrl}/services/oauth2/token`, { method: 'POST', body });
    expect(answer.status).toBe(200);
    await expect(control.issueRefreshToken({ app: 'nope' })).rejects.toThrow('no such app');
  });
});
