import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { Source } from '../../../shared/bridge/bridge.ts';
import { fromRecord } from '../../../shared/bridge/targets.ts';
import type { KafkaRecord } from '../../../shared/kafka/kafka-record.ts';
import type { OutgoingRecord } from '../../../shared/kafka/record-producer.ts';
import { connect } from '../../../shared/transform/connect.ts';
import { map } from '../../../shared/transform/map.ts';
import { pipe } from '../../../shared/transform/pipe.ts';
import { run } from '../../../shared/transform/testing.ts';
import { createModelOrg, describeObject } from '../../fixtures/model-org.ts';
import { asRead } from '../../fixtures/records.ts';
import { source, until } from '../../unit/functions/poller/in-memory.ts';
import { createSinkHarness, type SinkDefinition } from '../sink/sink-harness.ts';
import { create, startAll, valuesOf, whileRunning } from './harness.ts';

const threeFields = 'SELECT Id, LastName, Company FROM Lead';
const leads = (settings: Partial<Source> = {}) =>
  source({
    name: 'leads',
    topic: 'leads',
    format: 'connect',
    capture: { kind: 'pushTopic', object: 'Lead', name: 'Three', create: false },
    ...settings,
  });

interface Enveloped {
  readonly schema: { readonly name: string; readonly fields: readonly { readonly field: string }[] };
  readonly payload: Record<string, unknown>;
}
const enveloped = (text: OutgoingRecord['value']) => JSON.parse(String(text)) as Enveloped;

async function startWithPushTopic() {
  const all = await startAll();
  create(all.org, 'PushTopic', { Name: 'Three', Query: threeFields, ApiVersion: 66 });
  return all;
}

/** What a source published, as the sink's event source delivers it. */
function delivered(records: readonly OutgoingRecord[]): KafkaRecord[] {
  return records.map((record, offset) => ({
    topic: record.topic,
    partition: 0,
    offset,
    timestamp: 0,
    ...asRead(record),
  }));
}

describe('a PushTopic that exists, with three fields', () => {
  it('is used as it is, and its records carry the full schema of the object; the missing fields are absent', async () => {
    await using all = await startWithPushTopic();
    await whileRunning(all, [leads()], async () => {
      create(all.org, 'Lead', { LastName: 'Lovelace', Company: 'Engines', City: 'London' });
      await until(() => all.parts.producer.records.length === 1);
    });
    const [record] = all.parts.producer.records;
    const { schema, payload } = enveloped(record?.value ?? null);
    const described = await all.rest.describe('Lead');
    expect(schema.name).toBe('io.confluent.salesforce.Lead');
    expect(schema.fields.map(({ field }) => field)).toEqual([
      ...described.fields.map(({ name }) => name),
      '_ObjectType',
      '_EventType',
    ]);
    const Id = expect.any(String);
    const marks = { _ObjectType: 'Lead', _EventType: 'created' };
    expect(payload).toEqual({ Id, LastName: 'Lovelace', Company: 'Engines', ...marks });
    expect(enveloped(record?.key ?? null)).toMatchObject({
      schema: { type: 'struct', name: 'io.confluent.salesforce.LeadKey' },
      payload: { Id: payload['Id'] },
    });
    expect(all.org.control.rows('PushTopic')).toMatchObject([{ Query: threeFields }]);
  });

  it('is written without schemas where the source says so', async () => {
    await using all = await startWithPushTopic();
    await whileRunning(all, [leads({ envelope: { key: false, value: false } })], async () => {
      create(all.org, 'Lead', { LastName: 'Lovelace', Company: 'Engines' });
      await until(() => all.parts.producer.records.length === 1);
    });
    const [value] = valuesOf(all.parts);
    expect(value).toMatchObject({ LastName: 'Lovelace', _EventType: 'created' });
    expect(all.parts.producer.records[0]?.key).toBe(JSON.stringify({ Id: value?.['Id'] }));
  });
});

describe('records in the form of Kafka Connect', () => {
  it('follow the fields of their object without a restart', async () => {
    await using all = await startAll({ pastMs: 5000 });
    all.org.control.advanceClock(5000);
    const products = source({ format: 'connect' });
    await whileRunning(all, [products], async () => {
      await until(() => all.parts.objects.known.has('main Product2'));
      all.org.control.changeMetadata({
        object: 'Product2',
        setField: { name: 'Launch__c', type: 'date' as const },
      });
      create(all.org, 'Product2', { Name: 'Bolt', Launch__c: '2026-01-02' });
      await until(() => all.parts.producer.records.length === 1);
    });
    const { schema, payload } = enveloped(all.parts.producer.records[0]?.value ?? null);
    expect(schema.fields).toContainEqual(
      expect.objectContaining({ field: 'Launch__c', name: 'org.apache.kafka.connect.data.Date' }),
    );
    expect(payload).toMatchObject({ Name: 'Bolt', Launch__c: 20_455, _EventType: 'created' });
    expect(payload['CreatedDate']).toEqual(expect.any(Number));
  });

  it('show rows that were read like those that an event brought', async () => {
    await using all = await startAll({ pastMs: 60_000 });
    create(all.org, 'Product2', { Name: 'Bolt' });
    all.org.control.advanceClock(60_000);
    await whileRunning(all, [source({ format: 'connect', snapshot: true })], () =>
      until(() => all.parts.logger.of('re-read done').length === 1),
    );
    const { schema, payload } = enveloped(all.parts.producer.records[0]?.value ?? null);
    expect(schema.name).toBe('io.confluent.salesforce.Product2');
    expect(payload).toMatchObject({ Name: 'Bolt', _EventType: 'snapshot', CreatedDate: expect.any(Number) });
  });
});

describe('a sink that reads them', () => {
  const copy: SinkDefinition = { topic: 'leads', write: fromRecord('Lead', { externalId: 'SourceId__c' }) };
  const described = describeObject('Lead', {
    SourceId__c: { externalId: true },
    LastName: {},
    Company: {},
    AnnualRevenue: { type: 'currency' },
    City: {},
    Address: { type: 'address', createable: false, updateable: false },
  });

  it.each([true, false])(
    'keeps another org equal, deletions and tombstones included: envelope %s',
    async (envelope) => {
      await using all = await startAll();
      const capture = { kind: 'pushTopic', object: 'Lead', name: 'LeadUpdates', create: true } as const;
      const streamed = leads({ capture, envelope, tombstoneOnDelete: true });
      await whileRunning(all, [streamed], async () => {
        const fields = { LastName: 'Lovelace', Company: 'Engines', City: 'London', AnnualRevenue: 1200.5 };
        const id = create(all.org, 'Lead', fields);
        const other = create(all.org, 'Lead', { LastName: 'Nobody', Company: 'None' });
        all.org.control.changeRows({ update: [{ Id: id, Company: 'Analytical Engines' }] });
        all.org.control.changeRows({ delete: [other] });
        await until(() => all.parts.producer.records.length === 5);
      });
      const org = createModelOrg([described]);
      const sink = createSinkHarness(org, copy);
      expect(await sink.deliver(delivered(all.parts.producer.records))).toEqual([]);
      expect(sink.letters).toEqual([]);
      expect(org.rows('Lead')).toMatchObject([
        { LastName: 'Lovelace', Company: 'Analytical Engines', City: 'London', AnnualRevenue: 1200.5 },
      ]);
    },
  );

  it('decodes them with a schema of its own, times as Salesforce writes them', async () => {
    await using all = await startAll();
    await whileRunning(all, [source({ format: 'connect' })], async () => {
      create(all.org, 'Product2', { Name: 'Bolt' });
      await until(() => all.parts.producer.records.length === 1);
    });
    const [record] = all.parts.producer.records;
    const product = z.object({ Name: z.string(), CreatedDate: z.string() });
    const transform = pipe(
      connect({ key: z.object({ Id: z.string() }), value: product }),
      map(({ key, value }) => ({ Ext__c: key.Id, Name: value.Name, Made__c: value.CreatedDate })),
    );
    const { rows } = await run(transform, [{ key: String(record?.key), value: String(record?.value) }]);
    expect(rows).toMatchObject([
      { fields: { Ext__c: expect.stringMatching(/^01t/), Name: 'Bolt', Made__c: expect.stringMatching(/^20.*Z$/) } },
    ]);
  });

  it('passes over their gap records', async () => {
    await using all = await startAll();
    await whileRunning(all, [source({ format: 'connect' })], async () => {
      all.org.control.addFault({ kind: 'overflow-event', object: 'Product2' });
      await until(() => all.parts.logger.of('gap reported').length === 1);
    });
    const [gap] = all.parts.producer.records.slice(-1);
    expect(enveloped(gap?.value ?? null)).toMatchObject({
      schema: { name: 'io.confluent.salesforce.Gap' },
      payload: { _EventType: 'gap', reason: 'overflow' },
    });
    const org = createModelOrg([described]);
    const sink = createSinkHarness(org, copy);
    expect(await sink.deliver(delivered(all.parts.producer.records.slice(-1)))).toEqual([]);
    expect(sink.counts()).toMatchObject({ filtered: 1, deadLettered: 0 });
  });
});
