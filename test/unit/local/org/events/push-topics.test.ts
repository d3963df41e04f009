import { describe, expect, it } from 'vitest';
import { compilePushTopicQuery } from '../../../../../local/org/events/push-topic-query.ts';
import { PushTopicRegistry, topicMatches, topicPayload } from '../../../../../local/org/events/push-topics.ts';
import { createTestDatabase } from '../support.ts';

describe('push topic queries', () => {
  it.each([
    ['SELECT Name FROM Account', 'Id must be in the SELECT clause'],
    ['SELECT Id, Name FROM Product2', "'Product2' is not supported"],
    ['SELECT Id, Account.Name FROM Contact', 'relationships are not supported'],
    ["SELECT Id, Name FROM Contact WHERE Account.Name = 'a'", 'relationships are not supported'],
    ['SELECT COUNT() FROM Account', 'Aggregate queries are not supported'],
    ['SELECT Id, Name FROM Account ORDER BY Name', "'ORDER BY' clause is not allowed"],
    ['SELECT Id, Name FROM Account LIMIT 1', "'LIMIT' is not allowed"],
    ['SELECT Id, Name FROM Account OFFSET 1', "'OFFSET' clause is not allowed"],
    ["SELECT Id, Name FROM Account WHERE NOT Name = 'a'", "'NOT' is not supported"],
    [
      'SELECT Id, Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact)',
      'INVALID_FIELD, semi/anti join sub-selects are not supported',
    ],
    ['SELECT Id, Nope FROM Account', "No such column 'Nope' on entity 'Account'"],
    ["SELECT Id, Name FROM Account WHERE Description = 'a'", "field 'Description' can not be filtered"],
    ['SELECT Id FROM', 'unexpected token'],
  ])('refuse %s', (query, message) => {
    const { database } = createTestDatabase();
    expect(compilePushTopicQuery(database, query)).toMatchObject({
      statusCode: 'INVALID_FIELD',
      message: expect.stringContaining(message),
    });
  });

  it.each([
    [{ Name: 'A'.repeat(26), Query: 'SELECT Id, Name FROM Account', ApiVersion: 60 }, 'STRING_TOO_LONG'],
    [{ Name: 'A', Query: 'SELECT Id, Name FROM Account', ApiVersion: 20 }, 'INVALID_FIELD'],
    [{ Name: 'A', Query: 'SELECT Id FROM Account', ApiVersion: 60 }, 'INVALID_FIELD'],
    [{ Name: 'A', ApiVersion: 60 }, 'REQUIRED_FIELD_MISSING'],
    [{ Name: 'A', Query: 'SELECT Id, BillingAddress FROM Account', ApiVersion: 60 }, 'INVALID_FIELD'],
    [
      { Name: 'A', Query: 'SELECT Id, Name FROM Account', ApiVersion: 60, NotifyForFields: 'Some' },
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    ],
  ])('refuse the row %j', (record, statusCode) => {
    const { begin, object } = createTestDatabase();
    expect(begin().insert(object('PushTopic'), record)).toMatchObject({ ok: false, errors: [{ statusCode }] });
  });
});

describe('push topic notifications', () => {
  const query = "SELECT Id, Name FROM Account WHERE Industry = 'Energy'";

  it.each([
    ['Referenced', { Name: 'new' }, true],
    ['Referenced', { Phone: '1' }, false],
    ['Referenced', { Name: 'old' }, false],
    ['Select', { Name: 'new' }, true],
    ['Select', { Industry: 'energy' }, false],
    ['Where', { Name: 'new' }, false],
    ['Where', { Industry: 'ENERGY' }, true],
    ['All', { Phone: '1' }, true],
    ['All', { Name: 'new', Industry: 'Retail' }, false],
    ['All', {}, false],
  ])('%s: an update of %j notifies: %s', (notifyForFields, record, expected) => {
    const { commit, database, insert, object } = createTestDatabase();
    insert('PushTopic', { Name: 'T', Query: query, ApiVersion: 60, NotifyForFields: notifyForFields });
    const id = insert('Account', { Name: 'old', Industry: 'Energy' });
    const [change] = commit((transaction) => {
      transaction.update(object('Account'), id, record);
    });
    const topic = new PushTopicRegistry(database).find('T');
    if (topic === undefined || change === undefined) throw new Error('nothing to match');
    expect(topicMatches(topic, change)).toBe(expected);
  });

  it('follow the switches, the filter and the state of the topic', () => {
    const { commit, database, insert, object } = createTestDatabase();
    const topicId = insert('PushTopic', { Name: 'T', Query: query, ApiVersion: 60, NotifyForOperationDelete: false });
    const registry = new PushTopicRegistry(database);
    const matches = (changes: ReturnType<typeof commit>) => {
      const topic = registry.find('T');
      return changes.map((change) => topic !== undefined && topicMatches(topic, change));
    };
    expect(
      matches(
        commit((transaction) => {
          transaction.insert(object('Account'), { Name: 'in', Industry: 'energy' });
          transaction.insert(object('Account'), { Name: 'out' });
          transaction.insert(object('Lead'), { LastName: 'x', Company: 'c' });
        }),
      ),
    ).toEqual([true, false, false]);
    const id = insert('Account', { Name: 'gone', Industry: 'Energy' });
    const removed = commit((transaction) => {
      transaction.remove(object('Account'), id);
    });
    expect(matches(removed)).toEqual([false]);
    const restored = commit((transaction) => {
      transaction.restore(object('Account'), id);
    });
    expect(matches(restored)).toEqual([true]);
    commit((transaction) => {
      transaction.update(object('PushTopic'), topicId, { IsActive: false });
    });
    expect(matches(restored)).toEqual([false]);
  });

  it('carry an address with all its parts where the org takes one, and follow a change of a part', () => {
    const { commit, database, insert, object } = createTestDatabase({ compoundFieldsInPushTopics: 'deliver' });
    insert('PushTopic', { Name: 'T', Query: 'SELECT Id, BillingAddress FROM Account', ApiVersion: 60 });
    const topic = new PushTopicRegistry(database).find('T');
    const id = insert('Account', { Name: 'a' });
    const [change] = commit((transaction) => {
      transaction.update(object('Account'), id, { BillingCity: 'Oslo' });
    });
    if (topic === undefined || change === undefined) throw new Error('nothing to show');
    expect(topicMatches(topic, change)).toBe(true);
    const rest = { Country: null, GeocodeAccuracy: null, Latitude: null, Longitude: null };
    expect(topicPayload(topic, change, 'id')).toEqual({
      Id: id,
      BillingAddress: { City: 'Oslo', PostalCode: null, State: null, Street: null, ...rest },
    });
  });

  it('carry the selected fields, and of a deleted row the Id', () => {
    const { commit, database, insert, object } = createTestDatabase();
    insert('PushTopic', { Name: 'T', Query: 'SELECT Id, Name, Phone FROM Account', ApiVersion: 60 });
    const topic = new PushTopicRegistry(database).find('T');
    const id = insert('Account', { Name: 'a' });
    const [change] = commit((transaction) => {
      transaction.remove(object('Account'), id);
    });
    if (topic === undefined || change === undefined) throw new Error('nothing to show');
    expect(topicPayload(topic, change, 'id')).toEqual({ Id: id });
    expect(topicPayload(topic, change, 'all')).toEqual({ Id: id, Name: 'a', Phone: null });
  });
});
