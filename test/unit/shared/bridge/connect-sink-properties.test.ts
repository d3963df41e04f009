import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromConnectProperties } from '../../../../shared/bridge/connect-properties.ts';
import { parseBridge } from '../../../../shared/bridge/define-bridge.ts';

const file = readFileSync(
  new URL('../../../../examples/kafka-connect/account-sink.properties', import.meta.url),
  'utf8',
);
/** The file with some lines in place of others; an undefined one is taken out. */
function with_(changes: Readonly<Record<string, string | undefined>>): string {
  const kept = file.split('\n').filter((line) => !(line.slice(0, line.indexOf('=')) in changes));
  const added = Object.entries(changes).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
  return [...kept, ...added].join('\n');
}
const sinkOf = (text: string) => parseBridge(fromConnectProperties(text).definition).sinks[0];
const withoutCustomId = {
  'salesforce.use.custom.id.field': undefined,
  'salesforce.custom.id.field.name': undefined,
};

describe('the file of a sink connector', () => {
  it('becomes a sink: custom ID field, ignored fields and references, reports', () => {
    expect(sinkOf(file)).toMatchObject({
      name: 'Account',
      feeds: [{ topic: 'salesforce.accounts', consumerGroup: 'accounts.Account' }],
      targets: [{ operation: 'fromRecord', object: 'Account', externalId: 'External_Id__c' }],
      ignoreFields: ['CleanStatus'],
      ignoreReferences: true,
      unknownFields: 'drop',
      reports: { success: 'accounts-success', error: 'accounts-error' },
    });
    expect(fromConnectProperties(file).credentials).toMatchObject({
      consumerKey: 'your_key',
      securityToken: 'your_token',
    });
    expect(fromConnectProperties(file).notes).toEqual([
      'behavior.on.api.errors: no effect; what Salesforce rejects becomes a dead letter, everything else is tried again for as long as it takes',
      'override.event.type: the record of a deletion deletes its row all the same, instead of writing an empty one',
    ]);
  });

  it.each([
    ['insert', { operation: 'create', object: 'Account' }],
    ['update', { operation: 'update', object: 'Account' }],
    ['delete', { operation: 'delete', object: 'Account' }],
  ])('with override.event.type does %s, whatever records say', (operation, target) => {
    expect(sinkOf(with_({ ...withoutCustomId, 'salesforce.sink.object.operation': operation }))?.targets).toEqual([
      target,
    ]);
  });

  it('without it does what records say, by Id', () => {
    const text = with_({ ...withoutCustomId, 'override.event.type': 'false' });
    expect(sinkOf(text)?.targets).toEqual([{ operation: 'fromRecord', object: 'Account' }]);
  });

  it('takes policies for nulls and tombstones, and several topics', () => {
    const text = with_({ 'behavior.on.null.record': 'delete', 'ignore.null.fields': 'true', topics: 'a, b' });
    expect(sinkOf(text)).toMatchObject({
      tombstones: 'delete',
      nulls: 'keep',
      feeds: [{ topic: 'a' }, { topic: 'b' }],
    });
  });

  it('publishes platform events', () => {
    const text = with_({
      'connector.class': 'SalesforcePlatformEventSink',
      'salesforce.platform.event.name': 'Order__e',
      ...Object.fromEntries(
        [
          'salesforce.object',
          'salesforce.ignore.fields',
          'salesforce.ignore.reference.fields',
          'override.event.type',
          'salesforce.sink.object.operation',
          ...Object.keys(withoutCustomId),
        ].map((key) => [key, undefined]),
      ),
    });
    expect(sinkOf(text)).toMatchObject({ name: 'Order-e', targets: [{ operation: 'publish', object: 'Order__e' }] });
  });

  it.each([
    [
      { topics: undefined, 'topics.regex': 'a.*' },
      'topics: is missing (the topics, by name)\n  topics.regex: is not a known setting',
    ],
    [withoutCustomId, 'salesforce.sink.object.operation: upsert needs salesforce.use.custom.id.field=true'],
    [{ 'salesforce.custom.id.field.name': undefined }, 'salesforce.custom.id.field.name: is missing'],
    [
      { 'salesforce.sink.object.operation': 'merge' },
      'salesforce.sink.object.operation: must be insert, update, upsert, delete',
    ],
    [
      { 'salesforce.sink.object.operation': 'delete' },
      "salesforce.sink.object.operation: delete goes by the record's own Id",
    ],
    [{ 'behavior.on.null.record': 'skip' }, 'behavior.on.null.record: must be fail, ignore or delete'],
    [{ 'salesforce.object': undefined }, 'salesforce.object: is missing (the object)'],
  ])('is refused with what is wrong in it: %j', (changes, problem) => {
    expect(() => fromConnectProperties(with_(changes))).toThrow(problem);
  });
});
