import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventMessage, openClient } from './events-support.ts';
import { collect, startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await startTestOrg({
    settings: { streamingClients: 100 },
    seed: {
      objects: [
        {
          name: 'Machine__c',
          fields: [
            { name: 'Key__c', type: 'text', externalId: true, unique: true },
            { name: 'Width__c', type: 'number', scale: 1 },
            { name: 'Area__c', type: 'number', scale: 2, formula: 'Width__c * Width__c' },
            { name: 'Shown__c', type: 'text', formula: '"Machine " & Key__c' },
            { name: 'Wide__c', type: 'checkbox', formula: 'Width__c > 10' },
            { name: 'Place__c', type: 'location', scale: 4 },
            {
              name: 'Parts__c',
              type: 'rollup',
              summarize: { object: 'Part__c', relation: 'Machine__c', operation: 'count' },
            },
            {
              name: 'Cost__c',
              type: 'rollup',
              summarize: { object: 'Part__c', relation: 'Machine__c', operation: 'sum', field: 'Price__c' },
            },
            {
              name: 'Dearest__c',
              type: 'rollup',
              summarize: { object: 'Part__c', relation: 'Machine__c', operation: 'max', field: 'Price__c' },
            },
          ],
        },
        {
          name: 'Part__c',
          fields: [
            { name: 'Machine__c', type: 'masterdetail', referenceTo: 'Machine__c' },
            { name: 'Price__c', type: 'currency' },
          ],
        },
      ],
    },
  });
});
afterAll(() => org.close());

async function create(object: string, record: object): Promise<string> {
  const { body, status } = await org.rest('POST', `sobjects/${object}`, record);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return (body as { id: string }).id;
}

/** The machine events that what it does causes, apart from those before. */
async function eventsOf(id: string, work: () => Promise<unknown>) {
  const { probe, clientId } = await openClient(org);
  await probe.subscribe(clientId, '/data/Machine__ChangeEvent', -2);
  const isOf = (event: unknown) => String((event as EventMessage).data.payload.ChangeEventHeader['recordIds']) === id;
  for (let before: unknown[] = []; before.length === 0; ) before = (await collect(probe, clientId, 1)).filter(isOf);
  await work();
  return (await collect(probe, clientId, 1)) as unknown as EventMessage[];
}

const machine = async (id: string) => (await org.rest('GET', `sobjects/Machine__c/${id}`)).body;

describe('a formula field', () => {
  it('follows the fields of its row, can be queried and cannot be written', async () => {
    const id = await create('Machine__c', { Key__c: 'f1', Width__c: 2.5 });
    expect(await machine(id)).toMatchObject({ Area__c: 6.25, Shown__c: 'Machine f1', Wide__c: false });
    await org.rest('PATCH', `sobjects/Machine__c/${id}`, { Width__c: 11 });
    const q = encodeURIComponent('SELECT Area__c FROM Machine__c WHERE Wide__c = true');
    expect((await org.rest('GET', `query?q=${q}`)).body).toMatchObject({ records: [{ Area__c: 121 }] });
    await org.rest('PATCH', `sobjects/Machine__c/${id}`, { Width__c: null });
    expect(await machine(id)).toMatchObject({ Area__c: 0, Wide__c: false });
    expect(await org.rest('PATCH', `sobjects/Machine__c/${id}`, { Area__c: 1 })).toMatchObject({
      status: 400,
      body: [{ errorCode: 'INVALID_FIELD_FOR_INSERT_UPDATE', fields: ['Area__c'] }],
    });
  });

  it('is described with its formula', async () => {
    const { fields } = (await org.rest('GET', 'sobjects/Machine__c/describe')).body as {
      fields: Record<string, unknown>[];
    };
    expect(fields.find(({ name }) => name === 'Shown__c')).toMatchObject({
      type: 'string',
      calculated: true,
      calculatedFormula: '"Machine " & Key__c',
      createable: false,
      updateable: false,
    });
  });

  it('is no part of change events, and no filter of a PushTopic', async () => {
    const { probe, clientId } = await openClient(org);
    await probe.subscribe(clientId, '/data/Machine__ChangeEvent');
    await create('Machine__c', { Key__c: 'f2', Width__c: 1 });
    const [event] = (await collect(probe, clientId, 1)) as unknown as EventMessage[];
    expect(event?.data.payload).toMatchObject({ Key__c: 'f2', Width__c: 1 });
    expect(event?.data.payload).not.toHaveProperty('Area__c');
    const Query = 'SELECT Id, Name FROM Machine__c WHERE Wide__c = true';
    expect(await org.rest('POST', 'sobjects/PushTopic', { Name: 'Wide', Query, ApiVersion: 60 })).toMatchObject({
      status: 400,
      body: [{ errorCode: 'INVALID_FIELD' }],
    });
  });
});

describe('a geolocation', () => {
  it('is written in its parts and read as a whole', async () => {
    const id = await create('Machine__c', { Key__c: 'g1', Place__Latitude__s: 52.5, Place__Longitude__s: 13.4 });
    expect(await machine(id)).toMatchObject({
      Place__Latitude__s: 52.5,
      Place__Longitude__s: 13.4,
      Place__c: { latitude: 52.5, longitude: 13.4 },
    });
    expect(await machine(await create('Machine__c', { Key__c: 'g2' }))).toMatchObject({ Place__c: null });
    const whole = await org.rest('PATCH', `sobjects/Machine__c/${id}`, { Place__c: { latitude: 1, longitude: 2 } });
    expect(whole).toMatchObject({ status: 400, body: [{ errorCode: 'INVALID_FIELD_FOR_INSERT_UPDATE' }] });
  });

  it('is nested in change events', async () => {
    const id = await create('Machine__c', { Key__c: 'g3', Place__Latitude__s: 1, Place__Longitude__s: 2 });
    const [event] = await eventsOf(id, () => org.rest('PATCH', `sobjects/Machine__c/${id}`, { Place__Latitude__s: 3 }));
    const { payload } = event?.data ?? {};
    expect(payload?.['Place__c']).toEqual({ Latitude: 3 });
    expect(payload?.ChangeEventHeader['changedFields']).toEqual(['LastModifiedDate', 'Place__c.Latitude']);
  });
});

describe('a roll-up summary', () => {
  it('follows the details of its row, whatever happens to them', async () => {
    const id = await create('Machine__c', { Key__c: 'r1' });
    const other = await create('Machine__c', { Key__c: 'r2' });
    const records = [1, 2.5, 4].map((price) => ({
      attributes: { type: 'Part__c' },
      Machine__c: id,
      Price__c: price,
    }));
    const { body } = await org.rest('POST', 'composite/sobjects', { records });
    const [first, , third] = body as { id: string }[];
    expect(await machine(id)).toMatchObject({ Parts__c: 3, Cost__c: 7.5, Dearest__c: 4 });
    await org.rest('DELETE', `sobjects/Part__c/${third?.id}`);
    expect(await machine(id)).toMatchObject({ Parts__c: 2, Cost__c: 3.5, Dearest__c: 2.5 });
    await org.rest('PATCH', `sobjects/Part__c/${first?.id}`, { Machine__c: other });
    expect(await machine(id)).toMatchObject({ Parts__c: 1, Cost__c: 2.5 });
    expect(await machine(other)).toMatchObject({ Parts__c: 1, Cost__c: 1 });
    org.control.changeRows({ undelete: [third?.id ?? ''] });
    expect(await machine(id)).toMatchObject({ Parts__c: 2, Cost__c: 6.5, Dearest__c: 4 });
  });

  it('changes its row once per transaction, with a change event of its own', async () => {
    const id = await create('Machine__c', { Key__c: 'r3' });
    const detail = { attributes: { type: 'Part__c' }, Machine__c: id, Price__c: 3 };
    const events = await eventsOf(id, () => org.rest('POST', 'composite/sobjects', { records: [detail, detail] }));
    expect(events).toHaveLength(1);
    expect(events[0]?.data.payload).toMatchObject({ Parts__c: 2, Cost__c: 6 });
  });
});
