import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestOrg, type TestOrg } from './support.ts';

const files: Readonly<Record<string, string>> = {
  'objects/Machine__c/Machine__c.object-meta.xml': `<CustomObject xmlns="http://soap.sforce.com/2006/04/metadata">
    <label>Machine</label><pluralLabel>Machinery</pluralLabel>
    <nameField><label>Machine Number</label><type>AutoNumber</type><displayFormat>M-{000}</displayFormat></nameField>
  </CustomObject>`,
  'objects/Machine__c/fields/Key__c.field-meta.xml': `<CustomField xmlns="http://soap.sforce.com/2006/04/metadata">
    <fullName>Key__c</fullName><label>Key</label><type>Text</type><length>30</length>
    <externalId>true</externalId><unique>true</unique><caseSensitive>true</caseSensitive></CustomField>`,
  'objects/Machine__c/fields/Kind__c.field-meta.xml': `<CustomField xmlns="http://soap.sforce.com/2006/04/metadata">
    <fullName>Kind__c</fullName><label>Kind</label><type>Picklist</type><valueSet><restricted>true</restricted>
    <valueSetDefinition><sorted>false</sorted>
      <value><fullName>Press</fullName><default>true</default><label>Press</label></value>
      <value><fullName>Lathe</fullName><default>false</default><label>Lathe</label></value>
    </valueSetDefinition></valueSet></CustomField>`,
  'objects/Machine__c/fields/Age__c.field-meta.xml': `<CustomField xmlns="http://soap.sforce.com/2006/04/metadata">
    <fullName>Age__c</fullName><label>Age</label><type>Number</type><scale>0</scale><formula>LEN(Key__c) * 2</formula></CustomField>`,
  'objects/Machine__c/fields/Link__c.field-meta.xml': `<CustomField xmlns="http://soap.sforce.com/2006/04/metadata">
    <fullName>Link__c</fullName><label>Link</label><type>Text</type><formula>HYPERLINK("/", Key__c)</formula></CustomField>`,
  'objects/Machine__c/fields/Place__c.field-meta.xml': `<CustomField xmlns="http://soap.sforce.com/2006/04/metadata">
    <fullName>Place__c</fullName><label>Place</label><type>Location</type><scale>4</scale></CustomField>`,
  'objects/Machine__c/fields/Users__c.field-meta.xml': `<CustomField xmlns="http://soap.sforce.com/2006/04/metadata">
    <fullName>Users__c</fullName><label>Users</label><type>Summary</type><summaryForeignKey>Account.Machine__c</summaryForeignKey>
    <summaryOperation>count</summaryOperation></CustomField>`,
  'objects/Machine__c/validationRules/Kept.validationRule-meta.xml': `<ValidationRule xmlns="http://soap.sforce.com/2006/04/metadata">
    <fullName>Kept</fullName><active>true</active><errorConditionFormula>LEN(Key__c) &lt; 3</errorConditionFormula>
    <errorDisplayField>Key__c</errorDisplayField><errorMessage>The key is too short.</errorMessage></ValidationRule>`,
  'objects/Account/fields/Machine__c.field-meta.xml': `<CustomField xmlns="http://soap.sforce.com/2006/04/metadata">
    <fullName>Machine__c</fullName><label>Machine</label><type>Lookup</type><referenceTo>Machine__c</referenceTo>
    <relationshipName>Accounts</relationshipName></CustomField>`,
  'objects/Low_Ink__e/Low_Ink__e.object-meta.xml': `<CustomObject xmlns="http://soap.sforce.com/2006/04/metadata">
    <eventType>HighVolume</eventType><label>Low Ink</label><pluralLabel>Low Inks</pluralLabel>
    <publishBehavior>PublishImmediately</publishBehavior></CustomObject>`,
  'objects/Low_Ink__e/fields/Level__c.field-meta.xml': `<CustomField xmlns="http://soap.sforce.com/2006/04/metadata">
    <fullName>Level__c</fullName><label>Level</label><type>Number</type><precision>5</precision><scale>2</scale>
    <required>true</required></CustomField>`,
  'platformEventChannels/Sales__chn.platformEventChannel-meta.xml': `<PlatformEventChannel xmlns="http://soap.sforce.com/2006/04/metadata">
    <channelType>data</channelType><label>Sales</label></PlatformEventChannel>`,
  'platformEventChannelMembers/Sales_chn_Account.platformEventChannelMember-meta.xml': `<PlatformEventChannelMember xmlns="http://soap.sforce.com/2006/04/metadata">
    <eventChannel>Sales__chn</eventChannel><selectedEntity>AccountChangeEvent</selectedEntity>
    <enrichedFields><name>External_Id__c</name></enrichedFields></PlatformEventChannelMember>`,
};

let folder: string;
let org: TestOrg;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'org-'));
  for (const [path, xml] of Object.entries(files)) {
    const file = join(folder, 'main/default', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
  }
  org = await startTestOrg({ metadataFolder: folder });
});
afterAll(async () => {
  await org.close();
  await rm(folder, { recursive: true });
});

describe("metadata in Salesforce's source format", () => {
  it('makes objects with their fields, and says what it leaves out', async () => {
    const { body } = await org.rest('GET', 'sobjects/Machine__c/describe');
    expect(body).toMatchObject({ label: 'Machine', labelPlural: 'Machinery', custom: true });
    const { fields } = body as { fields: Record<string, unknown>[] };
    const field = (name: string) => fields.find((candidate) => candidate['name'] === name);
    expect(field('Key__c')).toMatchObject({ externalId: true, unique: true, caseSensitive: true, length: 30 });
    expect(field('Kind__c')).toMatchObject({ type: 'picklist', restrictedPicklist: true });
    expect(org.skippedMetadata).toEqual(['Machine__c: formula field Link__c: Unknown function HYPERLINK']);
  });

  it('keeps its rules, defaults and relationships', async () => {
    const short = await org.rest('POST', 'sobjects/Machine__c', { Key__c: 'x' });
    expect(short.body).toMatchObject([{ message: 'The key is too short.', fields: ['Key__c'] }]);
    expect((await org.rest('PATCH', 'sobjects/Machine__c/Key__c/key', {})).status).toBe(201);
    const machine = (await org.rest('GET', 'sobjects/Machine__c/Key__c/key')).body as Record<string, unknown>;
    expect(machine).toMatchObject({ Name: 'M-001', Kind__c: 'Press', Age__c: 6, Place__c: null, Users__c: 0 });
    const account = { Name: 'a', External_Id__c: 'a', Machine__r: { Key__c: 'key' } };
    expect((await org.rest('POST', 'sobjects/Account', account)).status).toBe(201);
    const up = await org.rest('GET', 'sobjects/Account/External_Id__c/a');
    expect(up.body).toMatchObject({ Machine__c: machine['Id'] });
    const down = await org.rest('GET', `sobjects/Machine__c/${String(machine['Id'])}/Accounts__r`);
    expect(down.body).toMatchObject({ totalSize: 1, records: [{ Name: 'a' }] });
    expect((await org.rest('GET', 'sobjects/Machine__c/Key__c/key')).body).toMatchObject({ Users__c: 1 });
  });

  it('defines platform events and custom channels', async () => {
    const { body } = await org.rest('GET', 'sobjects/Low_Ink__e/describe');
    expect(body).toMatchObject({ name: 'Low_Ink__e', label: 'Low Ink' });
    expect((await org.rest('POST', 'sobjects/Low_Ink__e', { Level__c: 1.5 })).status).toBe(201);
    const probe = org.bayeux();
    const client = await probe.handshake();
    for (const channel of ['/event/Low_Ink__e', '/data/Sales__chn', '/data/Machine__ChangeEvent']) {
      expect(await probe.subscribe(client, channel)).toMatchObject({ successful: true });
    }
  });
});
