import { describe, expect, it } from 'vitest';
import { source, until } from '../../unit/functions/poller/in-memory.ts';
import { create, startAll, valuesOf, whileRunning } from './harness.ts';

const text = (name: string) => ({ name, type: 'text' as const, length: 40 });
const leads = (name: string, fields?: string[]) =>
  source({
    name: 'leads',
    topic: 'leads',
    capture: { kind: 'pushTopic', object: 'Lead', name, create: true, ...(fields && { fields }) },
  });

/** An org whose metadata is older than a second, which is as exact as a conditional request is. */
async function startGrown() {
  const all = await startAll({ pastMs: 5000 });
  all.org.control.advanceClock(5000);
  return all;
}

describe('fields that come and go while the bridge runs', () => {
  it('reach the records of a PushTopic without a restart, and are reported once', async () => {
    await using all = await startGrown();
    await whileRunning(all, [leads('LeadUpdates')], async () => {
      await until(() => all.parts.objects.known.has('main Lead'));
      all.org.control.changeMetadata({ object: 'Lead', setField: text('Hobby__c') });
      await until(() => all.parts.logger.of('PushTopic updated').length === 1);
      create(all.org, 'Lead', { LastName: 'Lovelace', Company: 'Engines', Hobby__c: 'Chess' });
      await until(() => all.parts.producer.records.length === 1);
      all.org.control.advanceClock(2000);
      all.org.control.changeMetadata({ object: 'Lead', removeField: 'Hobby__c' });
      await until(() => all.parts.logger.of('fields of an object changed').length === 2);
    });
    expect(valuesOf(all.parts)).toMatchObject([{ LastName: 'Lovelace', Hobby__c: 'Chess' }]);
    expect(all.parts.logger.of('fields of an object changed').map((line) => line.fields)).toMatchObject([
      { object: 'Lead', added: ['Hobby__c'], removed: [], retyped: [] },
      { object: 'Lead', added: [], removed: ['Hobby__c'], retyped: [] },
    ]);
    expect(all.parts.counters.read().schemaChanges).toBe(2);
  });

  it('reach every channel of the object, and are reported once for all of them', async () => {
    await using all = await startGrown();
    const changes = source({
      name: 'changes',
      topic: 'changes',
      capture: { kind: 'changeDataCapture', object: 'Lead' },
    });
    await whileRunning(all, [changes, leads('LeadUpdates')], async () => {
      await until(() => all.parts.objects.known.has('main Lead'));
      await until(() => all.parts.logger.of('subscribed').length === 2);
      all.org.control.changeMetadata({ object: 'Lead', setField: text('Hobby__c') });
      await until(() => all.parts.logger.of('PushTopic updated').length === 1);
      create(all.org, 'Lead', { LastName: 'Lovelace', Company: 'Engines', Hobby__c: 'Chess' });
      await until(() => all.parts.producer.records.length === 2);
    });
    expect(valuesOf(all.parts)).toMatchObject([{ Hobby__c: 'Chess' }, { Hobby__c: 'Chess' }]);
    expect(all.parts.logger.of('fields of an object changed')).toHaveLength(1);
    expect(all.parts.counters.read().schemaChanges).toBe(1);
  });

  it('cost no change when a PushTopic told of nothing because one of them was gone', async () => {
    await using all = await startGrown();
    all.org.control.changeMetadata({ object: 'Lead', setField: text('Hobby__c') });
    all.org.control.advanceClock(2000);
    const [kept, gone] = ['Lovelace', 'Babbage'].map((LastName) =>
      create(all.org, 'Lead', { LastName, Company: 'Engines', Hobby__c: 'Chess' }),
    );
    await whileRunning(all, [leads('LeadUpdates')], async () => {
      await until(() => all.parts.objects.known.has('main Lead'));
      create(all.org, 'Lead', { LastName: 'Byron', Company: 'Poems' });
      await until(() => all.parts.producer.records.length > 0);
      all.org.control.advanceClock(2000);
      all.org.control.changeMetadata({ object: 'Lead', removeField: 'Hobby__c' });
      all.org.control.changeRows({ update: [{ Id: kept ?? '', Company: 'changed unseen' }], delete: [gone ?? ''] });
      await until(() => all.parts.logger.of('re-read done').length === 1);
      all.org.control.changeRows({ update: [{ Id: kept ?? '', Company: 'changed seen' }] });
      await until(() => valuesOf(all.parts).at(-1)?.['Company'] === 'changed seen');
    });
    const values = valuesOf(all.parts);
    const ofKept = values.filter(({ Id }) => Id === kept);
    expect(ofKept.slice(-2)).toMatchObject([
      { Company: 'changed unseen', _EventType: 'snapshot' },
      { Company: 'changed seen', _EventType: 'updated' },
    ]);
    expect(values).toContainEqual(expect.objectContaining({ Id: gone, _EventType: 'deleted' }));
    const gap = values.find((value) => value['_EventType'] === 'gap');
    expect(gap).toMatchObject({ reason: 'drift', _ObjectType: 'Lead', to: expect.any(String) });
    expect(all.parts.logger.of('PushTopic repaired')).toHaveLength(1);
  });

  it('are noticed over a restart too', async () => {
    await using all = await startGrown();
    await whileRunning(all, [source()], () => until(() => all.parts.objects.known.has('main Product2')));
    all.org.control.changeMetadata({ object: 'Product2', setField: text('Shelf__c') });
    await whileRunning(all, [source()], () =>
      until(() => all.parts.logger.of('fields of an object changed').length === 1),
    );
    expect(all.parts.objects.known.get('main Product2')).toMatchObject({ driftedAt: expect.any(String) });
  });

  it('reach the records of change events, and those of rows that are read', async () => {
    await using all = await startGrown();
    await whileRunning(all, [source({ fullRow: true })], async () => {
      await until(() => all.parts.objects.known.has('main Product2'));
      all.org.control.changeMetadata({ object: 'Product2', setField: text('Shelf__c') });
      await until(() => all.parts.logger.of('fields of an object changed').length === 1);
      const id = create(all.org, 'Product2', { Name: 'Bolt', Shelf__c: 'A1' });
      all.org.control.changeRows({ update: [{ Id: id, Name: 'Nut' }] });
      await until(() => all.parts.producer.records.length === 2);
    });
    expect(valuesOf(all.parts)).toMatchObject([
      { Name: 'Bolt', Shelf__c: 'A1', _EventType: 'created' },
      { Name: 'Nut', Shelf__c: 'A1', _EventType: 'updated' },
    ]);
  });
});

describe('a PushTopic', () => {
  it('that somebody else made is used as it is', async () => {
    await using all = await startAll();
    const query = "SELECT Id, LastName FROM Lead WHERE Company = 'Engines'";
    create(all.org, 'PushTopic', { Name: 'Theirs', Query: query, ApiVersion: 66 });
    await whileRunning(all, [leads('Theirs')], async () => {
      create(all.org, 'Lead', { LastName: 'Nobody', Company: 'Other' });
      create(all.org, 'Lead', { LastName: 'Lovelace', Company: 'Engines' });
      await until(() => all.parts.producer.records.length === 1);
    });
    const [value] = valuesOf(all.parts);
    expect(value).toEqual({
      Id: expect.any(String),
      LastName: 'Lovelace',
      _ObjectType: 'Lead',
      _EventType: 'created',
    });
    expect(all.org.control.rows('PushTopic')).toMatchObject([{ Query: query }]);
  });

  it('shows addresses as child objects, never as texts, beside their flat parts', async () => {
    await using all = await startAll();
    await whileRunning(all, [leads('LeadUpdates')], async () => {
      create(all.org, 'Lead', { LastName: 'Lovelace', Company: 'Engines', City: 'London', Country: 'UK' });
      await until(() => all.parts.producer.records.length === 1);
    });
    expect(valuesOf(all.parts)).toMatchObject([
      { City: 'London', Country: 'UK', Address: { City: 'London', Country: 'UK' }, Name: expect.any(String) },
    ]);
  });

  it('re-reads only the rows and fields that its query shows', async () => {
    await using all = await startAll({ pastMs: 60_000 });
    for (const [LastName, Company] of [
      ['Lovelace', 'Engines'],
      ['Nobody', 'Other'],
    ]) {
      create(all.org, 'Lead', { LastName, Company, City: 'London' });
    }
    all.org.control.advanceClock(60_000);
    const capture = {
      kind: 'pushTopic',
      object: 'Lead',
      name: 'Engines',
      create: true,
      fields: ['LastName'],
      where: "Company = 'Engines'",
    } as const;
    const sources = [source({ capture: { ...capture, fields: [...capture.fields] }, topic: 'leads', snapshot: true })];
    await whileRunning(all, sources, () => until(() => all.parts.logger.of('re-read done').length === 1));
    expect(valuesOf(all.parts)).toEqual([
      expect.objectContaining({ LastName: 'Lovelace', _ObjectType: 'Lead', _EventType: 'snapshot' }),
    ]);
    expect(valuesOf(all.parts)[0]).not.toHaveProperty('City');
  });
});
